/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heap nodes below /dev/dma_heap: who may open them, and who can.
 */
#ifndef DH_DISCOVER_NODES_H
#define DH_DISCOVER_NODES_H

#include "base/root.h"
#include "model/inventory.h"

enum dh_access_check {
	DH_ACCESS_CHECK_NONE,
	DH_ACCESS_CHECK_MODE, /* faccessat(): mode, owner, ACL and capabilities; opens nothing */
	DH_ACCESS_CHECK_OPEN, /* opens as an allocation does (O_RDWR), and closes again */
};

/*
 * The major number that /proc/devices has for heaps. 0; -ENODATA where there is none, as this
 * kernel has no heaps; -errno.
 */
int dh_heap_major_read(const struct dh_root *root, unsigned int *number);

/*
 * Adds what stands in the folder, with mode, owner and group as the file has them, and fills
 * `access` of the heaps that are registered, on a live root. Only an open reveals what a
 * security module or a device cgroup denies; it pins the heap's provider and counts as an
 * open in the debug module. Sysfs must have been read before. 0 or -errno.
 */
int dh_nodes_read(const struct dh_root *root, enum dh_access_check check,
		  struct dh_inventory *inventory);

#endif
