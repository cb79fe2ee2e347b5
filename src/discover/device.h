/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the drivers and IDs of devices from sysfs.
 *
 * `path` is the path of a device without the leading "/sys", such as "/devices/platform/gpu". `dir`
 * is any path below /sys that leads to the same device, such as "class/drm/card0/device".
 */
#ifndef DH_DISCOVER_DEVICE_H
#define DH_DISCOVER_DEVICE_H

#include <limits.h>
#include <stdbool.h>

#include "base/root.h"

/*
 * Reads a symlink below /sys. Returns false if the symlink cannot be read, or if its target is too
 * long.
 */
bool dh_sysfs_link(const struct dh_root *root, const char *link, char target[PATH_MAX]);

/*
 * Sets `*driver` to the name of the driver that is bound to the device. If the device is a virtio
 * transport, the name is that of the driver of the virtio device below it. If no driver is bound,
 * or only the generic driver of the faux bus, uses the name of the device without an index such as
 * ".0": a vgem or vkms device has the name of its driver.
 *
 * Sets `*id` to "DEVICE:DRIVER:ROLE", or to "DEVICE:DRIVER" if `role` is NULL. DEVICE is the path
 * of the device tree node, such as "/soc/gpu@fd4b0000", or the name on the bus, such as
 * "0000:00:02.0". ROLE is `role`, such as "render" or "capture". The ID depends neither on the
 * order in which drivers probe nor on the kernel version: if a kernel renamed the driver, the ID
 * contains the older name.
 *
 * The caller frees `*driver` and `*id`, even after an error. Returns 0 or -ENOMEM.
 */
int dh_device_identify(const struct dh_root *root, const char *dir, const char *path,
		       const char *role, char **driver, char **id);

/*
 * Sets `*id` to the ID, without a role, of the device whose dev_name() in the kernel is `name`.
 * Sets `*id` to NULL if no bus or several buses have a device of this name. The caller frees `*id`.
 * Returns 0 or -ENOMEM.
 */
int dh_device_id_by_name(const struct dh_root *root, const char *name, char **id);

#endif
