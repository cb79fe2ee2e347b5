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
#include "discover/discover.h"

struct reader {
	const struct dh_root *root;
	struct dh_inventory *inventory;
	size_t n;
};

/* The contents of a uevent file. The strings point into the parsed text. */
struct uevent {
	const char *devname;
	const char *driver;
	bool has_dev;
	dev_t dev;
};

static bool parse_dev(const char *major_text, const char *minor_text, dev_t *dev)
{
	uint64_t major_number, minor_number;

	if (!major_text || !minor_text ||
	    !dh_digits_parse(major_text, strlen(major_text), 10, 1, &major_number) ||
	    !dh_digits_parse(minor_text, strlen(minor_text), 10, 1, &minor_number) ||
	    major_number > UINT_MAX || minor_number > UINT_MAX)
		return false;
	*dev = makedev((unsigned int)major_number, (unsigned int)minor_number);
	return true;
}

/* Parses the text of a uevent file, and replaces its newlines with NULs. */
static void parse_uevent(char *text, struct uevent *uevent)
{
	const char *major_text = NULL, *minor_text = NULL;
	char *rest = text, *line;

	*uevent = (struct uevent){ 0 };
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (!strncmp(line, "MAJOR=", 6))
			major_text = line + 6;
		else if (!strncmp(line, "MINOR=", 6))
			minor_text = line + 6;
		else if (!strncmp(line, "DEVNAME=", 8))
			uevent->devname = line + 8;
		else if (!strncmp(line, "DRIVER=", 7))
			uevent->driver = line + 7;
	}
	uevent->has_dev = parse_dev(major_text, minor_text, &uevent->dev);
}

/*
 * Reads a file that contains "MAJOR:MINOR". Returns 0 or -errno. A malformed file gives the same
 * error as a missing file, -ENOENT.
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
 * Reads the file uevent of a device and, if that has no device number, the file dev. A missing file
 * is not an error. Returns 0, or -errno if the device number is unknown because an existing file
 * cannot be read.
 */
static int read_uevent(const struct reader *reader, const char *class, const char *name, char *text,
		       size_t size, struct uevent *uevent)
{
	char path[PATH_MAX];
	ssize_t length;

	*uevent = (struct uevent){ 0 };
	snprintf(path, sizeof(path), "class/%s/%s/uevent", class, name);
	length = dh_file_read(reader->root->sys, path, text, size);
	if (length >= 0)
		parse_uevent(text, uevent);
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
	char text[4096];
	int ret = read_uevent(reader, "dma_heap", name, text, sizeof(text), &uevent);

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

/* Reads a symlink. Returns false if the symlink does not exist or its target is too long. */
static bool read_link(const struct dh_root *root, const char *path, char target[PATH_MAX])
{
	dh_auto(fd) int fd = dh_file_open(root->sys, path, O_PATH | O_NOFOLLOW);
	ssize_t length;

	if (fd < 0)
		return false;
	length = readlinkat(fd, "", target, PATH_MAX);
	if (length <= 0 || length == PATH_MAX)
		return false;
	target[length] = '\0';
	return true;
}

/*
 * Returns the path of the parent device without the leading "/sys", such as
 * "/devices/platform/gpu", or NULL if the device has no parent. /sys/class/drm/card0 is a symlink
 * to "../../devices/.../drm/card0", or to "../../devices/virtual/drm/card0" for a device without a
 * parent. The result points into `target`.
 */
static const char *drm_parent(const struct dh_root *root, const char *name, char target[PATH_MAX])
{
	char path[PATH_MAX], *devices;

	snprintf(path, sizeof(path), "class/drm/%s", name);
	if (!read_link(root, path, target))
		return NULL;
	devices = strstr(target, "/devices/");
	if (!devices || strcmp(basename(devices), name))
		return NULL;
	basename(devices)[-1] = '\0';
	if (strcmp(basename(devices), "drm"))
		return NULL;
	basename(devices)[-1] = '\0';
	return *devices && strcmp(devices, "/devices/virtual") ? devices : NULL;
}

/*
 * Sets `driver` to the name of the driver that is bound to the device at `path`. Returns false if
 * no driver is bound, or only the generic driver of the faux bus.
 */
static bool read_driver(const struct dh_root *root, const char *path, char driver[NAME_MAX + 1])
{
	char file[PATH_MAX], target[PATH_MAX], text[4096];
	struct uevent uevent = { 0 };
	const char *name;

	snprintf(file, sizeof(file), "%s/driver", path);
	if (read_link(root, file, target)) {
		name = basename(target);
	} else {
		/* A recorded tree can lack this symlink: use the uevent file. */
		snprintf(file, sizeof(file), "%s/uevent", path);
		if (dh_file_read(root->sys, file, text, sizeof(text)) >= 0)
			parse_uevent(text, &uevent);
		name = uevent.driver;
	}
	if (!name || !*name || !strcmp(name, "faux_driver"))
		return false;
	snprintf(driver, NAME_MAX + 1, "%.*s", NAME_MAX, name);
	return true;
}

struct virtio_search {
	const struct dh_root *root;
	const char *path;
	char *driver; /* the name that read_driver() sets */
};

static int visit_virtio(void *data, const char *name)
{
	struct virtio_search *search = data;
	char path[PATH_MAX];

	if (strncmp(name, "virtio", 6))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", search->path, name);
	return read_driver(search->root, path, search->driver);
}

/*
 * Sets `driver` to the name of the driver of the parent device, or to "" if there is no parent. If
 * the parent is a virtio transport, the name is that of the driver of the virtio device below it.
 * If the parent has no driver, uses the name of the parent without an index such as ".0": the
 * parent of a vgem or vkms device has the name of the driver. Returns 0 or -ENOMEM.
 */
static int drm_driver(const struct dh_root *root, const char *name, const char *parent,
		      char driver[NAME_MAX + 1])
{
	char path[128], *dot;
	int ret = 0;

	snprintf(path, sizeof(path), "class/drm/%.64s/device", name);
	if (read_driver(root, path, driver)) {
		struct virtio_search search = { .root = root, .path = path, .driver = driver };

		if (!strncmp(driver, "virtio-", 7))
			ret = dh_dir_each(root->sys, path, visit_virtio, &search);
		return ret == -ENOMEM ? ret : 0;
	}
	*driver = '\0';
	if (!parent)
		return 0;

	snprintf(driver, NAME_MAX + 1, "%.*s", NAME_MAX, strrchr(parent, '/') + 1);
	dot = strrchr(driver, '.');
	if (dot && dot[1] && !dot[1 + strspn(dot + 1, "0123456789")])
		*dot = '\0';
	return 0;
}

/*
 * Sets `*type` to the type of a DRM node, and returns true for names such as "card0" and
 * "renderD128". Returns false for other names, such as "card0-HDMI-A-1", "version" and
 * "controlD64".
 */
static bool drm_type_of(const char *name, enum dh_drm_type *type)
{
	const char *number;

	if (!strncmp(name, "card", 4)) {
		number = name + 4;
		*type = DH_DRM_PRIMARY;
	} else if (!strncmp(name, "renderD", 7)) {
		number = name + 7;
		*type = DH_DRM_RENDER;
	} else {
		return false;
	}
	return *number && !number[strspn(number, "0123456789")];
}

/*
 * Returns the part of an ID that names the device: the path of its device tree node, or the name of
 * the parent device. Skips a virtio device, whose number depends on the order of probing, and uses
 * its transport. The result points into `target` or `parent`.
 */
static const char *device_name(const struct dh_root *root, const char *name, char *parent,
			       char target[PATH_MAX])
{
	static const char tree[] = "/devicetree/base/";
	char path[128], *end;

	snprintf(path, sizeof(path), "class/drm/%.64s/device/of_node", name);
	if (read_link(root, path, target)) {
		const char *found = strstr(target, tree);

		if (found)
			return found + strlen(tree) - 1;
	}
	end = strrchr(parent, '/');
	if (end > parent && !strncmp(end, "/virtio", 7) && strspn(end + 7, "0123456789") &&
	    !end[7 + strspn(end + 7, "0123456789")])
		*end = '\0';
	return strrchr(parent, '/') + 1;
}

static int set_drm_id(const struct dh_root *root, const char *name, struct dh_drm_node *drm)
{
	dh_auto(free) char *parent = drm->parent ? strdup(drm->parent) : NULL;
	char target[PATH_MAX];

	if (!drm->parent || !drm->driver || drm->id)
		return 0;
	if (!parent)
		return -ENOMEM;
	drm->id = dh_text_format("%s:%s:%s", device_name(root, name, parent, target), drm->driver,
				 dh_drm_role(drm->type));
	return drm->id ? 0 : -ENOMEM;
}

static int visit_drm(void *data, const char *name)
{
	struct reader *reader = data;
	dh_auto(free) char *node = NULL;
	struct dh_drm_node *drm;
	enum dh_drm_type type;
	struct uevent uevent;
	char text[4096], target[PATH_MAX], driver[NAME_MAX + 1];
	int ret = 0;

	if (!drm_type_of(name, &type))
		return 0;
	(void)read_uevent(reader, "drm", name, text, sizeof(text), &uevent);
	if (uevent.devname && !strncmp(uevent.devname, "dri/", 4) && uevent.devname[4])
		node = dh_text_format("/dev/%s", uevent.devname);
	else
		node = dh_text_format("/dev/dri/%s", name);
	if (!node)
		return -ENOMEM;

	drm = dh_inventory_add_drm_node(reader->inventory, node);
	if (!drm)
		return -ENOMEM;
	drm->type = type;
	if (uevent.has_dev)
		drm->dev = uevent.dev;
	if (!drm->parent && dh_text_copy(&drm->parent, drm_parent(reader->root, name, target)))
		return -ENOMEM;
	if (!drm->driver) {
		ret = drm_driver(reader->root, name, drm->parent, driver);
		if (!ret && *driver)
			ret = dh_text_copy(&drm->driver, driver);
	}
	if (!ret)
		ret = set_drm_id(reader->root, name, drm);
	reader->n++;
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
		dh_note(reader->root->log, "sys/%s: %zu devices", path, reader->n);
	return ret;
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
	int heaps = 0, drm = 0;

	inventory->sysfs_error = open_error(root, "class");
	if (requested & (DH_WANT_HEAPS | DH_WANT_ACCESS)) {
		heaps = read_class(&reader, "class/dma_heap", visit_heap);
		inventory->class_error = heaps;
	}
	if (heaps != -ENOMEM && requested & DH_WANT_DRM) {
		drm = read_class(&reader, "class/drm", visit_drm);
		inventory->drm_error = drm;
	}
	return heaps ? heaps : drm;
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
