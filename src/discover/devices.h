/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heaps that udev knows.
 */
#ifndef DH_DISCOVER_DEVICES_H
#define DH_DISCOVER_DEVICES_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Marks each heap that libudev enumerates with DH_SEEN_UDEV. Where udevd runs, these are the
 * devices that it has initialised; sysfs has their numbers, and reading them through libudev
 * costs several times as much. 0; -EOPNOTSUPP where built without libudev or where `root` is a
 * recorded tree, of which libudev knows nothing; -errno.
 */
int dh_devices_read(const struct dh_root *root, struct dh_inventory *inventory);

#endif
