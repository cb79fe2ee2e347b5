// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/udev.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"

#ifdef HAVE_LIBUDEV

#include <fcntl.h>
#include <libudev.h>

static void dh_auto_udev(struct udev **udev)
{
	udev_unref(*udev);
}

static void dh_auto_enumerate(struct udev_enumerate **enumerate)
{
	udev_enumerate_unref(*enumerate);
}

static void dh_auto_monitor(struct udev_monitor **monitor)
{
	udev_monitor_unref(*monitor);
}

static void dh_auto_queue(struct udev_queue **queue)
{
	udev_queue_unref(*queue);
}

/*
 * Adds the heap whose directory in sysfs is `syspath`. The directory has the name of the heap, with
 * '!' in place of '/'. Returns 0 or -ENOMEM.
 */
static int add_heap(struct dh_inventory *inventory, const char *syspath)
{
	const char *slash = strrchr(syspath, '/');
	dh_auto(free) char *name = strdup(slash ? slash + 1 : syspath);
	struct dh_heap *heap;

	if (!name)
		return -ENOMEM;
	for (char *at = name; (at = strchr(at, '!'));)
		*at = '/';
	heap = dh_inventory_add_heap(inventory, name);
	if (!heap)
		return -ENOMEM;
	heap->seen |= DH_SEEN_UDEV;
	return 0;
}

int dh_udev_read(const struct dh_root *root, struct dh_inventory *inventory)
{
	dh_auto(enumerate) struct udev_enumerate *enumerate = NULL;
	dh_auto(queue) struct udev_queue *queue = NULL;
	dh_auto(udev) struct udev *udev = NULL;
	struct udev_list_entry *entry;
	size_t n = 0;
	int ret;

	if (!root->live) {
		dh_note(root->log, "libudev: not used for a recorded system");
		return -EOPNOTSUPP;
	}
	if (root->sys < 0)
		return -DH_NOT_MOUNTED;
	udev = udev_new();
	enumerate = udev ? udev_enumerate_new(udev) : NULL;
	queue = udev ? udev_queue_new(udev) : NULL;
	if (!enumerate || !queue)
		return -ENOMEM;
	ret = udev_enumerate_add_match_subsystem(enumerate, "dma_heap");
	/* Skip devices for which udev has not yet run its rules. */
	if (ret >= 0 && udev_queue_get_udev_is_active(queue))
		ret = udev_enumerate_add_match_is_initialized(enumerate);
	if (ret >= 0)
		ret = udev_enumerate_scan_devices(enumerate);
	if (ret < 0) {
		dh_note(root->log, "libudev, subsystem dma_heap: %s", dh_errno_name(-ret));
		return ret;
	}
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
	{
		if (add_heap(inventory, udev_list_entry_get_name(entry)))
			return -ENOMEM;
		n++;
	}
	inventory->udev_enumerated = true;
	dh_note(root->log, "libudev, subsystem dma_heap: %zu device%s", n, n == 1 ? "" : "s");
	return 0;
}

int dh_udev_monitor_open(void)
{
	dh_auto(monitor) struct udev_monitor *monitor = NULL;
	dh_auto(queue) struct udev_queue *queue = NULL;
	dh_auto(udev) struct udev *udev = udev_new();
	int ret, fd;

	queue = udev ? udev_queue_new(udev) : NULL;
	if (!queue)
		return -ENOMEM;
	if (!udev_queue_get_udev_is_active(queue))
		return -ENODATA;
	monitor = udev_monitor_new_from_netlink(udev, "udev");
	if (!monitor)
		return -errno;
	ret = udev_monitor_filter_add_match_subsystem_devtype(monitor, "dma_heap", NULL);
	if (ret >= 0)
		ret = udev_monitor_enable_receiving(monitor);
	if (ret < 0)
		return ret;
	/* The duplicate shares the socket, and stays open without the monitor. */
	fd = fcntl(udev_monitor_get_fd(monitor), F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

#else

int dh_udev_read(const struct dh_root *root, struct dh_inventory *inventory)
{
	(void)inventory;
	dh_note(root->log, "built without libudev");
	return -EOPNOTSUPP;
}

int dh_udev_monitor_open(void)
{
	return -EOPNOTSUPP;
}

#endif
