/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the heaps and DRM devices of the kernel from /sys/class.
 */
#ifndef DH_DISCOVER_SYSFS_H
#define DH_DISCOVER_SYSFS_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Adds every device of the classes in `requested` (enum dh_wanted), and records the errors of the
 * class directories in the inventory. The device's name and number are those of its `uevent` file
 * (DEVNAME, MAJOR, MINOR; dev_uevent() in drivers/base/core.c). Returns 0 or -errno.
 */
int dh_sysfs_read(const struct dh_root *root, unsigned int requested,
		  struct dh_inventory *inventory);

/* Adds only the heap of this name. Returns 0; -ENOENT if there is none; or another -errno. */
int dh_sysfs_read_heap(const struct dh_root *root, const char *name,
		       struct dh_inventory *inventory);

#endif
