/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that are allocating right now, so that what happens within them
 * can be told to be theirs.
 */
#ifndef DMAHEAP_DEBUG_OPERATIONS_H
#define DMAHEAP_DEBUG_OPERATIONS_H

#include <linux/dma-buf.h>

#include "heaps.h"

struct operation;

struct operation *operation_start(struct heap *heap, bool kernel);
struct operation *operation_of_task(void);
void operation_exported(struct operation *operation, struct dma_buf *dmabuf);
bool operation_knows_buffer(const struct operation *operation);
struct heap *operation_end(struct operation *operation, int error);
u64 operations_lost(void);
void operations_init(void);

#endif
