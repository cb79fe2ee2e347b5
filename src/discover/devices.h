/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices as libudev enumerates them: the first source.
 */
#ifndef DH_DISCOVER_DEVICES_H
#define DH_DISCOVER_DEVICES_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Adds every device of the classes asked for. 0; -EOPNOTSUPP where built without
 * libudev or where `root` is a recorded tree, of which libudev knows nothing; -errno.
 */
int dh_devices_read(const struct dh_root *root, unsigned int wanted,
		    struct dh_inventory *inventory);

#endif
