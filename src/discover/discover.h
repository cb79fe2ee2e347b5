/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills an inventory from every source that this machine offers.
 */
#ifndef DH_DISCOVER_DISCOVER_H
#define DH_DISCOVER_DISCOVER_H

#include "base/root.h"
#include "model/inventory.h"

enum dh_wanted {
	DH_WANT_HEAPS = 1 << 0,	 /* heaps, nodes, regions */
	DH_WANT_ACCESS = 1 << 1, /* also whether the caller may open each heap's node */
	DH_WANT_DRM = 1 << 2,	 /* DRM nodes */
	DH_WANT_OPEN = 1 << 3,	 /* as DH_WANT_ACCESS, by opening each node */
	DH_WANT_UDEV = 1 << 4,	 /* also which heaps udev knows */
};

/*
 * Reads all sources and settles the inventory. A source that is absent is no
 * error; it is noted in the root's log and left unmarked in the inventory.
 * 0, -ENOMEM, or -EFBIG where there is more of something than an inventory takes. The caller
 * clears the inventory, also after a failure.
 */
int dh_discover(const struct dh_root *root, unsigned int wanted, struct dh_inventory *inventory);

/*
 * Adds the heap of that very name alone, from sysfs, and the regions, and settles: for commands
 * that need to know nothing of the others. 0; -ENOENT where sysfs has no such heap, which
 * dh_discover() may find elsewhere; -errno.
 */
int dh_discover_heap(const struct dh_root *root, const char *name, struct dh_inventory *inventory);

#endif
