/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DMAHEAP_DEBUG_INSPECT_H
#define DMAHEAP_DEBUG_INSPECT_H

#include <linux/dma-buf.h>

int inspect_init(void);
void inspect_exit(void);
int inspect_highest(struct dma_buf *dmabuf, u64 *highest);

#endif
