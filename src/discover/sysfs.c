// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/discover.h"

struct visit {
	const struct dh_root *root;
	struct dh_inventory *inventory;
	size_t n;
};

/* What a device's uevent file says; pointers into the text that was parsed. */
struct uevent {
	const char *devname;
	const char *driver;
	bool has_dev;
	dev_t dev;
};

static bool parse_minor(const char *text, unsigned int *number)
{
	uint64_t value;

	if (!text || !dh_digits_parse(text, strlen(text), 10, 1, &value) || value > UINT_MAX)
		return false;
	*number = (unsigned int)value;
	return true;
}

/* Cuts `text` at its newlines. */
static void uevent_parse(char *text, struct uevent *uevent)
{
	const char *major_text = NULL, *minor_text = NULL;
	unsigned int major_number, minor_number;
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
	uevent->has_dev =
		parse_minor(major_text, &major_number) && parse_minor(minor_text, &minor_number);
	if (uevent->has_dev)
		uevent->dev = makedev(major_number, minor_number);
}

/* 0 or -errno. */
static int read_dev(const struct dh_root *root, const char *path, dev_t *dev)
{
	unsigned int major_number, minor_number;
	char text[64], *colon;
	ssize_t length = dh_file_read(root->sys, path, text, sizeof(text));

	if (length < 0)
		return (int)length;
	colon = strchr(text, ':');
	if (!colon)
		return -ENOENT;
	*colon = '\0';
	if (!parse_minor(text, &major_number) || !parse_minor(colon + 1, &minor_number))
		return -ENOENT;
	*dev = makedev(major_number, minor_number);
	return 0;
}

/*
 * uevent, and where it has no numbers the file `dev`. What is absent stays so. 0, or -errno
 * where a file is there and cannot be read.
 */
static int uevent_read(const struct visit *visit, const char *class, const char *name, char *text,
		       size_t size, struct uevent *uevent)
{
	char path[PATH_MAX];
	ssize_t length;

	*uevent = (struct uevent){ 0 };
	snprintf(path, sizeof(path), "class/%s/%s/uevent", class, name);
	length = dh_file_read(visit->root->sys, path, text, size);
	if (length >= 0)
		uevent_parse(text, uevent);
	else
		dh_note(visit->root->log, "sys/%s: %s", path, dh_errno_name((int)-length));

	if (!uevent->has_dev) {
		int ret;

		snprintf(path, sizeof(path), "class/%s/%s/dev", class, name);
		ret = read_dev(visit->root, path, &uevent->dev);
		uevent->has_dev = !ret;
		if (ret && ret != -ENOENT)
			return ret;
	}
	return uevent->has_dev || length >= 0 || length == -ENOENT ? 0 : (int)length;
}

static int visit_heap(void *data, const char *name)
{
	struct visit *visit = data;
	struct uevent uevent;
	struct dh_heap *heap;
	char text[4096];
	int ret = uevent_read(visit, "dma_heap", name, text, sizeof(text), &uevent);

	if (uevent.devname && !strncmp(uevent.devname, "dma_heap/", 9) && uevent.devname[9])
		name = uevent.devname + 9;

	heap = dh_inventory_add_heap(visit->inventory, name);
	if (!heap)
		return -ENOMEM;
	heap->seen |= DH_SEEN_SYSFS;
	heap->dev_error = ret;
	if (uevent.has_dev) {
		heap->has_dev = true;
		heap->dev = uevent.dev;
	}
	visit->n++;
	return 0;
}

/* Where the symlink leads; false where there is none, or it is too long to be believed. */
static bool link_read(const struct dh_root *root, const char *path, char target[PATH_MAX])
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

static char *base_name(char *path)
{
	char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * The path of the parent device below /sys, as libudev names it: "/devices/...". The
 * class folder's link is "../../devices/.../drm/card0"; a device without a parent
 * stands in "/devices/virtual/drm". In `target`, or NULL where there is none.
 */
static const char *drm_parent(const struct dh_root *root, const char *name, char target[PATH_MAX])
{
	char path[PATH_MAX], *devices;

	snprintf(path, sizeof(path), "class/drm/%s", name);
	if (!link_read(root, path, target))
		return NULL;
	devices = strstr(target, "/devices/");
	if (!devices || strcmp(base_name(devices), name))
		return NULL;
	base_name(devices)[-1] = '\0';
	if (strcmp(base_name(devices), "drm"))
		return NULL;
	base_name(devices)[-1] = '\0';
	return *devices && strcmp(devices, "/devices/virtual") ? devices : NULL;
}

/*
 * Is a driver bound to the device at `path`? Its name is in `driver` then. Not the faux bus's
 * own, which tells nothing.
 */
static bool bound_driver(const struct dh_root *root, const char *path, char driver[NAME_MAX + 1])
{
	char file[PATH_MAX], target[PATH_MAX], text[4096];
	struct uevent uevent = { 0 };
	const char *name;

	snprintf(file, sizeof(file), "%s/driver", path);
	if (link_read(root, file, target)) {
		name = base_name(target);
	} else {
		/* A recorded tree may have lost its links. */
		snprintf(file, sizeof(file), "%s/uevent", path);
		if (dh_file_read(root->sys, file, text, sizeof(text)) >= 0)
			uevent_parse(text, &uevent);
		name = uevent.driver;
	}
	if (!name || !*name || !strcmp(name, "faux_driver"))
		return false;
	snprintf(driver, NAME_MAX + 1, "%.*s", NAME_MAX, name);
	return true;
}

struct virtio_visit {
	const struct dh_root *root;
	const char *path;
	char *driver; /* as bound_driver() has it */
};

static int visit_virtio(void *data, const char *name)
{
	struct virtio_visit *visit = data;
	char path[PATH_MAX];

	if (strncmp(name, "virtio", 6))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", visit->path, name);
	return bound_driver(visit->root, path, visit->driver);
}

/*
 * The driver that is bound to the parent device. A virtio transport's is not the one that
 * is meant: the device below it has that. vgem and vkms have a parent that no driver is
 * bound to, and name that device after themselves. 0 and "" where it is unknown; -ENOMEM.
 */
static int drm_driver(const struct dh_root *root, const char *name, const char *parent,
		      char driver[NAME_MAX + 1])
{
	char path[128], *dot;
	int ret = 0;

	snprintf(path, sizeof(path), "class/drm/%.64s/device", name);
	if (bound_driver(root, path, driver)) {
		struct virtio_visit visit = { .root = root, .path = path, .driver = driver };

		if (!strncmp(driver, "virtio-", 7))
			ret = dh_dir_each(root->sys, path, visit_virtio, &visit);
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

/* "card0" and "renderD128", but not "card0-HDMI-A-1", "version" or "controlD64". */
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

static int visit_drm(void *data, const char *name)
{
	struct visit *visit = data;
	dh_auto(free) char *node = NULL;
	struct dh_drm_node *drm;
	enum dh_drm_type type;
	struct uevent uevent;
	char text[4096], target[PATH_MAX], driver[NAME_MAX + 1];
	int ret = 0;

	if (!drm_type_of(name, &type))
		return 0;
	(void)uevent_read(visit, "drm", name, text, sizeof(text), &uevent);
	if (uevent.devname && !strncmp(uevent.devname, "dri/", 4) && uevent.devname[4])
		node = dh_text_format("/dev/%s", uevent.devname);
	else
		node = dh_text_format("/dev/dri/%s", name);
	if (!node)
		return -ENOMEM;

	drm = dh_inventory_add_drm_node(visit->inventory, node);
	if (!drm)
		return -ENOMEM;
	drm->type = type;
	if (uevent.has_dev)
		drm->dev = uevent.dev;
	if (!drm->parent && dh_text_copy(&drm->parent, drm_parent(visit->root, name, target)))
		return -ENOMEM;
	if (!drm->driver) {
		ret = drm_driver(visit->root, name, drm->parent, driver);
		if (!ret && *driver)
			ret = dh_text_copy(&drm->driver, driver);
	}
	visit->n++;
	return ret;
}

static int visit_class(struct visit *visit, const char *path,
		       int (*each)(void *data, const char *name))
{
	int ret;

	visit->n = 0;
	ret = dh_dir_each(visit->root->sys, path, each, visit);
	if (ret)
		dh_note(visit->root->log, "sys/%s: %s", path, dh_errno_name(-ret));
	else
		dh_note(visit->root->log, "sys/%s: %zu devices", path, visit->n);
	return ret;
}

static int open_error(const struct dh_root *root, const char *path)
{
	dh_auto(fd) int fd = dh_file_open(root->sys, path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fd : 0;
}

int dh_sysfs_read(const struct dh_root *root, unsigned int wanted, struct dh_inventory *inventory)
{
	struct visit visit = { .root = root, .inventory = inventory };
	int heaps = 0, drm = 0;

	inventory->sysfs_error = open_error(root, "class");
	if (wanted & (DH_WANT_HEAPS | DH_WANT_ACCESS)) {
		heaps = visit_class(&visit, "class/dma_heap", visit_heap);
		inventory->class_error = heaps;
	}
	if (heaps != -ENOMEM && wanted & DH_WANT_DRM) {
		drm = visit_class(&visit, "class/drm", visit_drm);
		inventory->drm_error = drm;
	}
	return heaps ? heaps : drm;
}

int dh_sysfs_read_heap(const struct dh_root *root, const char *name, struct dh_inventory *inventory)
{
	struct visit visit = { .root = root, .inventory = inventory };
	dh_auto(free) char *folder = strdup(name);
	dh_auto(fd) int fd = -1;
	char path[PATH_MAX];

	if (!folder)
		return -ENOMEM;
	/* A folder's name cannot have one. */
	for (char *at = folder; (at = strchr(at, '/'));)
		*at = '!';
	if (strlen(folder) > NAME_MAX)
		return -ENOENT;
	snprintf(path, sizeof(path), "class/dma_heap/%s", folder);
	fd = dh_file_open(root->sys, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	return visit_heap(&visit, folder);
}
