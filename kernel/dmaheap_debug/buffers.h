/* SPDX-License-Identifier: GPL-2.0-only */
/* Table of the live buffers that the module tracks. */
#ifndef DMAHEAP_DEBUG_BUFFERS_H
#define DMAHEAP_DEBUG_BUFFERS_H

#include <linux/dma-buf.h>

#include "heaps.h"

int buffers_init(unsigned int max);
void buffers_exit(void);

/* The caller of these functions holds counts_lock. */
bool buffer_add(const struct dma_buf *dmabuf, struct heap *heap, u64 size, bool undone);
bool buffer_remove(const struct dma_buf *dmabuf);

#endif
