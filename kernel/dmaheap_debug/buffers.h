/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live buffers whose allocation was seen.
 */
#ifndef DMAHEAP_DEBUG_BUFFERS_H
#define DMAHEAP_DEBUG_BUFFERS_H

#include <linux/dma-buf.h>

#include "heaps.h"

struct buffer;

int buffers_init(unsigned int max);
void buffers_exit(void);
struct buffer *buffer_exported(struct dma_buf *dmabuf, struct heap *heap);
void buffer_settle(struct buffer *buffer, struct heap *heap, struct allocation *allocation);
void buffer_abandon(struct buffer *buffer);
void buffer_released(const struct dma_buf *dmabuf);

#endif
