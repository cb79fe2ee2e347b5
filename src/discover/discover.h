/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills an inventory from sysfs, /proc, /dev, /etc and libudev.
 */
#ifndef DH_DISCOVER_DISCOVER_H
#define DH_DISCOVER_DISCOVER_H

#include "base/root.h"
#include "model/inventory.h"

enum dh_wanted {
	DH_WANT_HEAPS = 1 << 0,	  /* heaps with their nodes and regions */
	DH_WANT_ACCESS = 1 << 1,  /* also check the caller's permission to open each node */
	DH_WANT_DEVICES = 1 << 2, /* DRM and V4L2 nodes */
	DH_WANT_OPEN = 1 << 3,	  /* like DH_WANT_ACCESS, but check by opening each node */
	DH_WANT_UDEV = 1 << 4,	  /* also the heaps that libudev enumerates */
};

/*
 * Reads the sources that `requested` (flags of enum dh_wanted) selects, then calls
 * dh_inventory_infer(). An unreadable source is not an error: the function logs the failure. For
 * the directories in sysfs and /dev, the function also stores the error in the inventory. Returns
 * 0; -ENOMEM; or -EFBIG if the inventory is full. The caller clears the inventory, even after an
 * error.
 */
int dh_discover(const struct dh_root *root, unsigned int requested, struct dh_inventory *inventory);

/*
 * Reads only the heap `name` and the regions, for commands that need no other heap. Reads the heap
 * from sysfs, without its node. `inventory` must be empty. Returns 0; -ENOENT if sysfs has no such
 * heap; or another -errno.
 */
int dh_discover_heap(const struct dh_root *root, const char *name, struct dh_inventory *inventory);

#endif
