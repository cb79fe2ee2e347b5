// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/discover.h"

#ifdef HAVE_LIBUDEV

#include <libudev.h>

static void dh_auto_udev(struct udev **udev)
{
	udev_unref(*udev);
}

static void dh_auto_enumerate(struct udev_enumerate **enumerate)
{
	udev_enumerate_unref(*enumerate);
}

static void dh_auto_device(struct udev_device **device)
{
	udev_device_unref(*device);
}

/* Fills a string that no other source has filled yet. */
static int take(char **field, const char *text)
{
	if (*field || !text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

static int add_heap(struct dh_inventory *inventory, struct udev_device *device)
{
	static const char folder[] = "/dev/dma_heap/";
	const char *node = udev_device_get_devnode(device);
	const char *name = udev_device_get_sysname(device);
	struct dh_heap *heap;
	dev_t dev = udev_device_get_devnum(device);

	if (node && !strncmp(node, folder, strlen(folder)) && node[strlen(folder)])
		name = node + strlen(folder);
	heap = dh_inventory_heap(inventory, name);
	if (!heap)
		return -ENOMEM;
	heap->seen |= DH_SEEN_UDEV;
	if (dev) {
		heap->has_dev = true;
		heap->dev = dev;
	}
	if (!heap->node && asprintf(&heap->node, "%s%s", folder, name) < 0) {
		heap->node = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int add_drm(struct dh_inventory *inventory, struct udev_device *device)
{
	const char *node = udev_device_get_devnode(device);
	const char *name = udev_device_get_sysname(device);
	struct udev_device *parent = udev_device_get_parent(device); /* not a reference */
	struct dh_drm_node *drm;
	bool render;

	/* Connectors are devices of the subsystem, too, but have no node. */
	if (!node)
		return 0;
	render = !strncmp(name, "renderD", 7);
	if (!render && strncmp(name, "card", 4))
		return 0;

	drm = dh_inventory_drm_node(inventory, node);
	if (!drm)
		return -ENOMEM;
	drm->type = render ? DH_DRM_RENDER : DH_DRM_PRIMARY;
	drm->dev = udev_device_get_devnum(device);
	/* The driver is sysfs.c's to find: often it is not simply the parent's. */
	return parent ? take(&drm->parent, udev_device_get_devpath(parent)) : 0;
}

static int read_subsystem(const struct dh_root *root, struct udev *udev, const char *subsystem,
			  struct dh_inventory *inventory,
			  int (*add)(struct dh_inventory *inventory, struct udev_device *device))
{
	dh_auto(enumerate) struct udev_enumerate *enumerate = udev_enumerate_new(udev);
	struct udev_list_entry *entry;
	size_t n = 0;
	int ret;

	if (!enumerate)
		return -ENOMEM;
	ret = udev_enumerate_add_match_subsystem(enumerate, subsystem);
	if (ret >= 0)
		ret = udev_enumerate_scan_devices(enumerate);
	if (ret < 0) {
		dh_note(root->log, "libudev, subsystem %s: %s", subsystem, dh_errno_name(-ret));
		return ret;
	}

	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
	{
		const char *path = udev_list_entry_get_name(entry);
		dh_auto(device) struct udev_device *device =
			udev_device_new_from_syspath(udev, path);

		/* Gone between the enumeration and here. */
		if (!device)
			continue;
		if (add(inventory, device))
			return -ENOMEM;
		n++;
	}
	dh_note(root->log, "libudev, subsystem %s: %zu devices", subsystem, n);
	return 0;
}

int dh_devices_read(const struct dh_root *root, unsigned int wanted, struct dh_inventory *inventory)
{
	dh_auto(udev) struct udev *udev = NULL;
	int heaps = 0, drm = 0;

	if (!root->live) {
		dh_note(root->log, "libudev: not asked, it knows nothing of a recorded tree");
		return -EOPNOTSUPP;
	}
	udev = udev_new();
	if (!udev)
		return -ENOMEM;

	if (wanted & (DH_WANT_HEAPS | DH_WANT_ACCESS)) {
		heaps = read_subsystem(root, udev, "dma_heap", inventory, add_heap);
		inventory->udev_asked = !heaps;
	}
	if (heaps != -ENOMEM && wanted & DH_WANT_DRM)
		drm = read_subsystem(root, udev, "drm", inventory, add_drm);
	return heaps ? heaps : drm;
}

#else

int dh_devices_read(const struct dh_root *root, unsigned int wanted, struct dh_inventory *inventory)
{
	(void)wanted;
	(void)inventory;
	dh_note(root->log, "libudev: built without");
	return -EOPNOTSUPP;
}

#endif
