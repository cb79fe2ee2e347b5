// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/device.h"
#include "discover/discover.h"
#include "discover/lines.h"

struct reader {
	const struct dh_root *root;
	struct dh_inventory *inventory;
	size_t n;
};

/* The contents of a uevent file. */
struct uevent {
	const char *devname; /* in `text`, or NULL */
	bool has_dev;
	dev_t dev;
	char text[4096];
};

/* Parses two lines, each with a number. NULL stands for a missing line. */
static bool parse_dev(const char *major_text, const char *minor_text, dev_t *dev)
{
	uint64_t major_number, minor_number;

	if (!major_text || !minor_text ||
	    !dh_digits_parse(major_text, strcspn(major_text, "\n"), 10, &major_number) ||
	    !dh_digits_parse(minor_text, strcspn(minor_text, "\n"), 10, &minor_number) ||
	    major_number > UINT_MAX || minor_number > UINT_MAX)
		return false;
	*dev = makedev((unsigned int)major_number, (unsigned int)minor_number);
	return true;
}

/* Parses uevent->text, and truncates it after the value of DEVNAME. */
static void parse_uevent(struct uevent *uevent)
{
	char *text = uevent->text, *devname = dh_line_find(text, "DEVNAME=");

	uevent->has_dev =
		parse_dev(dh_line_find(text, "MAJOR="), dh_line_find(text, "MINOR="), &uevent->dev);
	if (devname)
		devname[strcspn(devname, "\n")] = '\0';
	uevent->devname = devname;
}

/*
 * Reads a file that contains "MAJOR:MINOR". Returns 0 or -errno: -ENOENT if the file is missing or
 * malformed.
 */
static int read_dev(const struct dh_root *root, const char *path, dev_t *dev)
{
	char text[64], *colon;
	ssize_t length = dh_file_read(root->sys, path, text, sizeof(text));

	if (length < 0)
		return (int)length;
	colon = strchr(text, ':');
	if (!colon)
		return -ENOENT;
	*colon = '\0';
	return parse_dev(text, colon + 1, dev) ? 0 : -ENOENT;
}

/*
 * Reads the file uevent of a device and, if uevent contains no device number, the file dev. A
 * missing file is not an error. Returns 0, or -errno if the device number is unknown because an
 * existing file cannot be read.
 */
static int read_uevent(const struct reader *reader, const char *class, const char *name,
		       struct uevent *uevent)
{
	char path[PATH_MAX];
	ssize_t length;

	*uevent = (struct uevent){ 0 };
	snprintf(path, sizeof(path), "class/%s/%s/uevent", class, name);
	length = dh_file_read(reader->root->sys, path, uevent->text, sizeof(uevent->text));
	if (length >= 0)
		parse_uevent(uevent);
	else
		dh_note(reader->root->log, "sys/%s: %s", path, dh_errno_name((int)-length));

	if (!uevent->has_dev) {
		int ret;

		snprintf(path, sizeof(path), "class/%s/%s/dev", class, name);
		ret = read_dev(reader->root, path, &uevent->dev);
		uevent->has_dev = !ret;
		if (ret && ret != -ENOENT)
			return ret;
	}
	return uevent->has_dev || length >= 0 || length == -ENOENT ? 0 : (int)length;
}

static int visit_heap(void *data, const char *name)
{
	struct reader *reader = data;
	struct uevent uevent;
	struct dh_heap *heap;
	int ret = read_uevent(reader, "dma_heap", name, &uevent);

	if (uevent.devname && !strncmp(uevent.devname, "dma_heap/", 9) && uevent.devname[9])
		name = uevent.devname + 9;

	heap = dh_inventory_add_heap(reader->inventory, name);
	if (!heap)
		return -ENOMEM;
	heap->seen |= DH_SEEN_SYSFS;
	heap->dev_error = ret;
	if (uevent.has_dev) {
		heap->has_dev = true;
		heap->dev = uevent.dev;
	}
	reader->n++;
	return 0;
}

/*
 * Kinds of devices, with their class in sysfs and their directory in /dev. Other names, such as
 * "card0-HDMI-A-1", "controlD64" and "v4l-subdev0", belong to no kind.
 */
static const struct device_kind {
	const char *class;
	const char *prefix; /* of the name, before a number */
	const char *dir;
	enum dh_role role;
} device_kinds[] = {
	{ "drm", "card", "dri/", DH_ROLE_PRIMARY },
	{ "drm", "renderD", "dri/", DH_ROLE_RENDER },
	{ "accel", "accel", "accel/", DH_ROLE_ACCEL },
	{ "video4linux", "video", "", DH_ROLE_CAPTURE },
	{ "video4linux", "video", "", DH_ROLE_OUTPUT },
};

static bool is_of_kind(const char *name, const struct device_kind *kind)
{
	size_t length = strlen(kind->prefix);

	return !strncmp(name, kind->prefix, length) && name[length] &&
	       !name[length + strspn(name + length, "0123456789")];
}

/*
 * Returns the path of the parent device without the leading "/sys", such as
 * "/devices/platform/gpu", or NULL if the device has no parent. /sys/class/drm/card0 is a symlink
 * to "../../devices/.../drm/card0", or to "../../devices/virtual/drm/card0" for a device without a
 * parent. The result points into `target`.
 */
static const char *device_parent(const struct dh_root *root, const char *class, const char *name,
				 char target[PATH_MAX])
{
	char path[PATH_MAX], *devices;

	snprintf(path, sizeof(path), "class/%s/%s", class, name);
	if (!dh_sysfs_link(root, path, target))
		return NULL;
	devices = strstr(target, "/devices/");
	if (!devices || strcmp(basename(devices), name))
		return NULL;
	basename(devices)[-1] = '\0';
	if (strcmp(basename(devices), class))
		return NULL;
	basename(devices)[-1] = '\0';
	return *devices && strcmp(devices, "/devices/virtual") ? devices : NULL;
}

struct siblings {
	uint64_t number; /* of a node videoN */
	size_t before;	 /* number of nodes with a lower number */
};

static int visit_sibling(void *data, const char *name)
{
	struct siblings *siblings = data;
	uint64_t number;

	if (!strncmp(name, "video", 5) &&
	    dh_digits_parse(name + 5, strlen(name + 5), 10, &number) && number < siblings->number)
		siblings->before++;
	return 0;
}

/*
 * Writes the role of an ID to `text`. A parent can have several V4L2 nodes with the same role. The
 * text therefore ends with the position of the node among the V4L2 nodes of its parent, counted
 * from 0, as in "capture1". Position 0 is omitted. The position follows the order in which the
 * driver registers the nodes, because the kernel assigns the lowest free number to each node
 * (__video_register_device() in drivers/media/v4l2-core/v4l2-dev.c). Returns 0 or -ENOMEM.
 */
static int write_role(const struct dh_root *root, const char *dir, const char *name,
		      enum dh_role role, char text[32])
{
	struct siblings siblings = { 0 };
	char path[192];
	int ret;

	snprintf(text, 32, "%s", dh_role_name(role));
	if (!dh_role_is_v4l2(role) ||
	    !dh_digits_parse(name + 5, strlen(name + 5), 10, &siblings.number))
		return 0;
	snprintf(path, sizeof(path), "%s/video4linux", dir);
	ret = dh_dir_each(root->sys, path, visit_sibling, &siblings);
	if (siblings.before)
		snprintf(text, 32, "%s%zu", dh_role_name(role), siblings.before);
	return ret == -ENOMEM ? ret : 0;
}

/* Sets the parent, the driver and the ID of a device. Returns 0 or -ENOMEM. */
static int identify(const struct dh_root *root, const char *class, const char *name,
		    struct dh_device *device)
{
	char target[PATH_MAX], dir[128], role[32];

	if (dh_text_copy(&device->parent, device_parent(root, class, name, target)))
		return -ENOMEM;
	if (!device->parent)
		return 0;
	snprintf(dir, sizeof(dir), "class/%s/%.64s/device", class, name);
	if (write_role(root, dir, name, device->role, role))
		return -ENOMEM;
	return dh_device_identify(root, dir, device->parent, role, &device->driver, &device->id);
}

static int add_device(struct reader *reader, const struct device_kind *kind, const char *name)
{
	dh_auto(free) char *node = NULL;
	size_t length = strlen(kind->dir);
	struct dh_device *device;
	struct uevent uevent;

	(void)read_uevent(reader, kind->class, name, &uevent);
	if (uevent.devname && !strncmp(uevent.devname, kind->dir, length) && uevent.devname[length])
		node = dh_text_format("/dev/%s", uevent.devname);
	else
		node = dh_text_format("/dev/%s%s", kind->dir, name);
	if (!node)
		return -ENOMEM;

	device = dh_inventory_add_device(reader->inventory, node, kind->role);
	if (!device)
		return -ENOMEM;
	if (uevent.has_dev)
		device->dev = uevent.dev;
	return device->id ? 0 : identify(reader->root, kind->class, name, device);
}

static int visit_device(void *data, const char *name)
{
	struct reader *reader = data;
	bool known = false;
	int ret = 0;

	/* A V4L2 node belongs to two kinds: capture and output. */
	for (size_t i = 0; i < ARRAY_SIZE(device_kinds) && !ret; i++) {
		if (!is_of_kind(name, &device_kinds[i]))
			continue;
		known = true;
		ret = add_device(reader, &device_kinds[i], name);
	}
	reader->n += known;
	return ret;
}

static int read_class(struct reader *reader, const char *path,
		      int (*visit)(void *data, const char *name))
{
	int ret;

	reader->n = 0;
	ret = dh_dir_each(reader->root->sys, path, visit, reader);
	if (ret)
		dh_note(reader->root->log, "sys/%s: %s", path, dh_errno_name(-ret));
	else
		dh_note(reader->root->log, "sys/%s: %zu device%s", path, reader->n,
			reader->n == 1 ? "" : "s");
	return ret;
}

/*
 * Returns the first error other than -ENOENT, if any. Otherwise returns 0 if a class was read, or
 * -ENOENT if no class exists.
 */
static int read_devices(struct reader *reader)
{
	static const char *const classes[] = { "class/drm", "class/accel", "class/video4linux" };
	int result = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		int ret = read_class(reader, classes[i], visit_device);

		if (ret == -ENOMEM)
			return ret;
		if (ret != -ENOENT && (!result || result == -ENOENT))
			result = ret;
	}
	return result;
}

static int open_error(const struct dh_root *root, const char *path)
{
	dh_auto(fd) int fd = dh_file_open(root->sys, path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fd : 0;
}

int dh_sysfs_read(const struct dh_root *root, unsigned int requested,
		  struct dh_inventory *inventory)
{
	struct reader reader = { .root = root, .inventory = inventory };
	int heaps = 0, devices = 0;

	inventory->sysfs_error = open_error(root, "class");
	if (requested & DH_WANT_HEAPS) {
		heaps = read_class(&reader, "class/dma_heap", visit_heap);
		inventory->class_error = heaps;
	}
	if (heaps != -ENOMEM && requested & DH_WANT_DEVICES) {
		devices = read_devices(&reader);
		inventory->devices_error = devices;
	}
	return heaps ? heaps : devices;
}

int dh_sysfs_read_heap(const struct dh_root *root, const char *name, struct dh_inventory *inventory)
{
	struct reader reader = { .root = root, .inventory = inventory };
	dh_auto(free) char *dir = strdup(name);
	dh_auto(fd) int fd = -1;
	char path[PATH_MAX];

	if (!dir)
		return -ENOMEM;
	/* The kernel replaces '/' in a device's name with '!'. */
	for (char *at = dir; (at = strchr(at, '/'));)
		*at = '!';
	if (strlen(dir) > NAME_MAX)
		return -ENOENT;
	snprintf(path, sizeof(path), "class/dma_heap/%s", dir);
	fd = dh_file_open(root->sys, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	return visit_heap(&reader, dir);
}
