// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/discover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/nodes.h"
#include "discover/regions.h"
#include "discover/sysfs.h"
#include "discover/udev.h"

#define REPORT_MAX 65536

int dh_discover(const struct dh_root *root, unsigned int requested, struct dh_inventory *inventory)
{
	const bool heaps = requested & DH_WANT_HEAPS;

	*inventory = (struct dh_inventory){ 0 };
	/* Read sysfs before the nodes: dh_nodes_read() needs the registered device numbers. */
	if ((requested & DH_WANT_UDEV && dh_udev_read(root, inventory) == -ENOMEM) ||
	    dh_sysfs_read(root, requested, inventory) == -ENOMEM ||
	    (heaps && dh_nodes_read(root, requested, inventory) == -ENOMEM) ||
	    (heaps && dh_regions_read(root, inventory)))
		return inventory->full ? -EFBIG : -ENOMEM;
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

int dh_report_read(const struct dh_root *root, struct dh_heap *heap)
{
	dh_auto(free) char *path = dh_text_format("kernel/debug/dma_heap/%s", heap->name);
	dh_auto(free) char *text = malloc(REPORT_MAX + 1);
	ssize_t length;

	if (!path || !text)
		return -ENOMEM;
	length = dh_file_read(root->sys, path, text, REPORT_MAX + 1);
	if (length < 0 && length != -ENOENT)
		dh_note(root->log, "sys/%s: %s", path, dh_errno_name((int)-length));
	if (length <= 0)
		return 0;
	free(heap->report);
	heap->report = strdup(text);
	return heap->report ? 0 : -ENOMEM;
}
