/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the heaps from udev.
 */
#ifndef DH_DISCOVER_UDEV_H
#define DH_DISCOVER_UDEV_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Marks each heap that libudev enumerates with DH_SEEN_UDEV. If udevd runs, only devices that it
 * has initialised are enumerated. The device numbers come from sysfs, because libudev takes several
 * times as long. Returns 0; -EOPNOTSUPP in a build without libudev, or for a recorded tree, which
 * libudev cannot read; or another -errno.
 */
int dh_udev_read(const struct dh_root *root, struct dh_inventory *inventory);

#endif
