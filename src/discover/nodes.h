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
 * Reads the major number of heaps from /proc/devices. Returns 0; -ENODATA if this kernel has no
 * heaps; or another -errno.
 */
int dh_heap_major_read(const struct dh_root *root, unsigned int *number);

/*
 * Adds every node in /dev/dma_heap, with its mode, owner and group. On a live root, it also sets
 * `access` of registered heaps. Only DH_ACCESS_CHECK_OPEN detects a denial by a security module or
 * a device cgroup. An open pins the heap's module, and the debug module counts it. Call this after
 * sysfs was read. Returns 0 or -errno.
 */
int dh_nodes_read(const struct dh_root *root, enum dh_access_check check,
		  struct dh_inventory *inventory);

#endif
