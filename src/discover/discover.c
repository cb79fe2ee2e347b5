// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/discover.h"

#include <errno.h>

#include "discover/nodes.h"
#include "discover/regions.h"
#include "discover/sysfs.h"
#include "discover/udev.h"

int dh_discover(const struct dh_root *root, unsigned int requested, struct dh_inventory *inventory)
{
	*inventory = (struct dh_inventory){ 0 };

	/* Read sysfs before the nodes: dh_nodes_read() needs the registered device numbers. */
	if ((requested & DH_WANT_UDEV && dh_udev_read(root, inventory) == -ENOMEM) ||
	    dh_sysfs_read(root, requested, inventory) == -ENOMEM)
		return inventory->full ? -EFBIG : -ENOMEM;

	if (requested & (DH_WANT_HEAPS | DH_WANT_ACCESS | DH_WANT_OPEN)) {
		enum dh_access_check check = requested & DH_WANT_OPEN	  ? DH_ACCESS_CHECK_OPEN
					     : requested & DH_WANT_ACCESS ? DH_ACCESS_CHECK_MODE
									  : DH_ACCESS_CHECK_NONE;

		if (dh_nodes_read(root, check, inventory) == -ENOMEM ||
		    dh_regions_read(root, inventory) == -ENOMEM)
			return inventory->full ? -EFBIG : -ENOMEM;
	}

	dh_inventory_infer(inventory);
	return 0;
}

int dh_discover_heap(const struct dh_root *root, const char *name, struct dh_inventory *inventory)
{
	int ret = dh_sysfs_read_heap(root, name, inventory);

	if (!ret)
		ret = dh_regions_read(root, inventory);
	if (!ret)
		dh_inventory_infer(inventory);
	return ret;
}
