/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the heap nodes below /dev/dma_heap, with their permissions.
 */
#ifndef DH_DISCOVER_NODES_H
#define DH_DISCOVER_NODES_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Sets `*number` to the major number of heaps in /proc/devices. Returns 0; -ENODATA if the kernel
 * does not support heaps; or another -errno.
 */
int dh_heap_major_read(const struct dh_root *root, unsigned int *number);

/*
 * Adds every node in /dev/dma_heap, with its mode, owner and group. On the running system, also
 * sets access and access_error as `requested` (flags of enum dh_wanted) selects, except for nodes
 * that do not have the registered device number. Call this function after dh_sysfs_read(). Returns
 * 0 or -errno.
 */
int dh_nodes_read(const struct dh_root *root, unsigned int requested,
		  struct dh_inventory *inventory);

#endif
