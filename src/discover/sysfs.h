/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the heaps and the DRM and V4L2 devices of the kernel from /sys/class.
 */
#ifndef DH_DISCOVER_SYSFS_H
#define DH_DISCOVER_SYSFS_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Adds the heaps, and the DRM and V4L2 nodes, as `requested` (flags of enum dh_wanted) selects.
 * Stores an error from reading /sys/class or a subdirectory in the inventory (sysfs_error,
 * class_error or devices_error). The name and the number of a device are those in its file uevent
 * (DEVNAME, MAJOR, MINOR; dev_uevent() in drivers/base/core.c). If uevent lacks them, the name is
 * that of the directory, and the number is that in the file dev. Returns 0 or -errno.
 */
int dh_sysfs_read(const struct dh_root *root, unsigned int requested,
		  struct dh_inventory *inventory);

/* Adds only the heap `name`. Returns 0; -ENOENT if sysfs has no such heap; or another -errno. */
int dh_sysfs_read_heap(const struct dh_root *root, const char *name,
		       struct dh_inventory *inventory);

#endif
