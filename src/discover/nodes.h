/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the heap nodes below /dev/dma_heap, with their permissions.
 */
#ifndef DH_DISCOVER_NODES_H
#define DH_DISCOVER_NODES_H

#include "base/root.h"
#include "model/inventory.h"

enum dh_access_check {
	DH_ACCESS_CHECK_NONE,
	DH_ACCESS_CHECK_MODE, /* by faccessat(): checks mode, owner, ACL and capabilities */
	DH_ACCESS_CHECK_OPEN, /* by opening the node as an allocation does (O_RDWR) */
};

/*
 * Sets `*number` to the major number of heaps in /proc/devices. Returns 0; -ENODATA if the kernel
 * does not support heaps; or another -errno.
 */
int dh_heap_major_read(const struct dh_root *root, unsigned int *number);

/*
 * Adds every node in /dev/dma_heap, with its mode, owner and group. On the running system, also
 * sets access and access_error as `check` requests, except for nodes whose device number differs
 * from the registered number. Call this function after dh_sysfs_read(). Returns 0 or -errno.
 *
 * Only DH_ACCESS_CHECK_OPEN detects a denial by a security module that checks open() but not
 * faccessat(), such as AppArmor. However, dmaheap_debug counts each open. On a kernel with the
 * patches in kernel/patches, the open also briefly pins the module that provides the heap.
 */
int dh_nodes_read(const struct dh_root *root, enum dh_access_check check,
		  struct dh_inventory *inventory);

#endif
