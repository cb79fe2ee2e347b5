/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that drivers call to use heaps. The names are those of Android's kernels.
 */
#ifndef DMAHEAP_ACCESSORS_H
#define DMAHEAP_ACCESSORS_H

#include <linux/types.h>

struct dma_buf;
struct dma_heap;

struct dma_heap *dma_heap_find(const char *name);
void dma_heap_put(struct dma_heap *heap);
struct dma_buf *dma_heap_buffer_alloc(struct dma_heap *heap, size_t len, u32 fd_flags,
				      u64 heap_flags);

#endif
