/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices as the kernel lists them below /sys/class: the second source.
 */
#ifndef DH_DISCOVER_SYSFS_H
#define DH_DISCOVER_SYSFS_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Adds every device of the classes asked for and says which folders were there.
 * The name and the number are those of the `uevent` file (DEVNAME, MAJOR, MINOR;
 * dev_uevent() in drivers/base/core.c). 0 or -errno.
 */
int dh_sysfs_read(const struct dh_root *root, unsigned int wanted, struct dh_inventory *inventory);

/* The heap of that name alone. 0; -ENOENT where there is none; -errno. */
int dh_sysfs_read_heap(const struct dh_root *root, const char *name,
		       struct dh_inventory *inventory);

#endif
