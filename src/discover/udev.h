/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists the heaps that libudev enumerates, and monitors their uevents.
 */
#ifndef DH_DISCOVER_UDEV_H
#define DH_DISCOVER_UDEV_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Adds each heap that libudev enumerates, and marks it with DH_SEEN_UDEV. If udevd is running,
 * skips devices that udevd has not yet initialised. Does not read device numbers: discover/sysfs.c
 * reads them several times faster than libudev.
 *
 * Returns 0; -EOPNOTSUPP in a build without libudev, or for a recorded tree, which libudev cannot
 * read; or another -errno.
 */
int dh_udev_read(const struct dh_root *root, struct dh_inventory *inventory);

/*
 * Opens a descriptor that becomes readable after udevd has run its rules for a uevent of a heap. A
 * chmod() of the node triggers no uevent. Returns a non-blocking descriptor, which the caller owns;
 * -ENODATA if udevd is not running; -EOPNOTSUPP in a build without libudev; or another -errno.
 */
int dh_udev_monitor_open(void);

#endif
