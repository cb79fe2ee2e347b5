/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heaps that udev knows.
 */
#ifndef DH_DISCOVER_UDEV_H
#define DH_DISCOVER_UDEV_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Marks each heap that libudev enumerates with DH_SEEN_UDEV. Where udevd runs, these are the
 * devices that it has initialised. Their numbers are read from sysfs, since libudev takes
 * several times as long. 0; -EOPNOTSUPP in a build without libudev, and for a recorded tree,
 * which libudev cannot read; -errno.
 */
int dh_udev_read(const struct dh_root *root, struct dh_inventory *inventory);

#endif
