/* SPDX-License-Identifier: GPL-2.0-only */
/* Accessors: kernel functions through which drivers use heaps. Not every kernel exports them. */
#ifndef DMAHEAP_DEBUG_ACCESSORS_H
#define DMAHEAP_DEBUG_ACCESSORS_H

#include "compat.h"

struct dma_buf;
struct dma_heap;

/**
 * struct accessors - accessors that the kernel exports; NULL for each missing one
 * @find: looks up a heap by name and takes a reference
 * @put: drops the reference that @find took
 * @alloc: allocates a buffer from a heap
 * @find_name: exported name of @find, for __symbol_put(); valid if @find is not NULL
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
void accessors_put(struct accessors *accessors);

#endif
