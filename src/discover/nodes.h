/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heap nodes below /dev/dma_heap: who may open them, and who can.
 */
#ifndef DH_DISCOVER_NODES_H
#define DH_DISCOVER_NODES_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Adds what stands in the folder, with mode, owner and group as the file has
 * them. With `try_open`, opens each node of a live root as an allocation would
 * (O_RDWR) and closes it again; opening a heap has no effect in the kernel
 * (dma_heap_open() in drivers/dma-buf/dma-heap.c). 0 or -errno.
 */
int dh_nodes_read(const struct dh_root *root, bool try_open, struct dh_inventory *inventory);

#endif
