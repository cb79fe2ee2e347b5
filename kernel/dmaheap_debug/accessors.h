/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions by which kernel code uses heaps, where the kernel has them.
 */
#ifndef DMAHEAP_DEBUG_ACCESSORS_H
#define DMAHEAP_DEBUG_ACCESSORS_H

#include "compat.h"

struct dma_buf;
struct dma_heap;

/**
 * struct accessors - those that were got; they stay until let go
 * @find: NULL, as the others, where the kernel exports none
 * @put: gives back what @find gave
 * @alloc: asks a heap for a buffer
 * @find_name: under which @find was got
 */
struct accessors {
	struct dma_heap *(*find)(const char *name);
	void (*put)(struct dma_heap *heap);
	struct dma_buf *(*alloc)(struct dma_heap *heap, size_t length, unsigned int fd_flags,
				 compat_heap_flags heap_flags);
	const char *find_name;
};

#define ACCESSOR_FIND "dma_heap_find_by_name"
#define ACCESSOR_FIND_ANDROID "dma_heap_find"
#define ACCESSOR_PUT "dma_heap_put"
#define ACCESSOR_ALLOC "dma_heap_buffer_alloc"

void accessors_get(struct accessors *accessors);
void accessors_let_go(struct accessors *accessors);

#endif
