// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"
#include "discover/lines.h"

static const char digits[] = "0123456789";

bool dh_sysfs_link(const struct dh_root *root, const char *link, char target[PATH_MAX])
{
	dh_auto(fd) int fd = dh_file_open(root->sys, link, O_PATH | O_NOFOLLOW);
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
 * Sets `driver` to the name of the driver that is bound to the device. Returns false if no driver
 * is bound, or only the generic driver of the faux bus.
 */
static bool read_driver(const struct dh_root *root, const char *dir, char driver[NAME_MAX + 1])
{
	char file[PATH_MAX], target[PATH_MAX], text[4096];
	char *name = NULL;

	snprintf(file, sizeof(file), "%s/driver", dir);
	if (dh_sysfs_link(root, file, target)) {
		name = basename(target);
	} else {
		/* A recorded tree can lack this symlink: use the uevent file. */
		snprintf(file, sizeof(file), "%s/uevent", dir);
		if (dh_file_read(root->sys, file, text, sizeof(text)) >= 0)
			name = dh_line_find(text, "DRIVER=");
		if (name)
			name[strcspn(name, "\n")] = '\0';
	}
	if (!name || !*name || !strcmp(name, "faux_driver"))
		return false;
	snprintf(driver, NAME_MAX + 1, "%.*s", NAME_MAX, name);
	return true;
}

struct virtio_search {
	const struct dh_root *root;
	const char *dir;
	char *driver; /* the name that read_driver() sets */
};

static int visit_virtio(void *data, const char *name)
{
	struct virtio_search *search = data;
	char dir[PATH_MAX];

	if (strncmp(name, "virtio", 6))
		return 0;
	snprintf(dir, sizeof(dir), "%s/%s", search->dir, name);
	return read_driver(search->root, dir, search->driver);
}

/* Sets `driver` as dh_device_identify() does. Returns 0 or -ENOMEM. */
static int find_driver(const struct dh_root *root, const char *dir, const char *path,
		       char driver[NAME_MAX + 1])
{
	char *dot;
	int ret = 0;

	if (read_driver(root, dir, driver)) {
		struct virtio_search search = { .root = root, .dir = dir, .driver = driver };

		if (!strncmp(driver, "virtio-", 7))
			ret = dh_dir_each(root->sys, dir, visit_virtio, &search);
		return ret == -ENOMEM ? ret : 0;
	}
	snprintf(driver, NAME_MAX + 1, "%.*s", NAME_MAX, strrchr(path, '/') + 1);
	dot = strrchr(driver, '.');
	if (dot && dot[1] && !dot[1 + strspn(dot + 1, digits)])
		*dot = '\0';
	return 0;
}

/*
 * Returns the DEVICE part of an ID. The number in the name of a virtio device depends on the order
 * of probing, so this function returns the name of the transport instead. The result points into
 * `target` or into `path`, which this function may truncate.
 */
static const char *device_name(const struct dh_root *root, const char *dir, char *path,
			       char target[PATH_MAX])
{
	static const char tree[] = "/devicetree/base/";
	char link[PATH_MAX], *end;

	snprintf(link, sizeof(link), "%s/of_node", dir);
	if (dh_sysfs_link(root, link, target)) {
		const char *found = strstr(target, tree);

		if (found)
			return found + strlen(tree) - 1;
	}
	end = strrchr(path, '/');
	if (end > path && !strncmp(end, "/virtio", 7) && strspn(end + 7, digits) &&
	    !end[7 + strspn(end + 7, digits)])
		*end = '\0';
	return strrchr(path, '/') + 1;
}

/* Returns the older name of a driver that a later kernel renamed, else `driver`. */
static const char *older_name(const char *driver)
{
	/* The driver is named cirrus in Linux 6.12, and cirrus-qemu in Linux 7.3. */
	return strcmp(driver, "cirrus-qemu") ? driver : "cirrus";
}

int dh_device_identify(const struct dh_root *root, const char *dir, const char *path,
		       const char *role, char **driver, char **id)
{
	dh_auto(free) char *copy = strdup(path);
	char target[PATH_MAX], name[NAME_MAX + 1];

	*driver = *id = NULL;
	if (!copy || find_driver(root, dir, path, name) || dh_text_copy(driver, name))
		return -ENOMEM;
	*id = dh_text_format("%s:%s%s%s", device_name(root, dir, copy, target), older_name(name),
			     role ? ":" : "", role ? role : "");
	return *id ? 0 : -ENOMEM;
}

struct bus_search {
	const struct dh_root *root;
	const char *name;
	unsigned int found;
	char dir[PATH_MAX];    /* of the device that was found last */
	char target[PATH_MAX]; /* of the symlink `dir` */
};

static int visit_bus(void *data, const char *bus)
{
	struct bus_search *search = data;
	char dir[PATH_MAX], target[PATH_MAX];

	snprintf(dir, sizeof(dir), "bus/%.255s/devices/%.255s", bus, search->name);
	if (!dh_sysfs_link(search->root, dir, target))
		return 0;
	search->found++;
	memcpy(search->dir, dir, sizeof(dir));
	memcpy(search->target, target, sizeof(target));
	return 0;
}

int dh_device_id_by_name(const struct dh_root *root, const char *name, char **id)
{
	struct bus_search search = { .root = root, .name = name };
	dh_auto(free) char *driver = NULL;
	const char *path;
	int ret;

	*id = NULL;
	if (strchr(name, '/') || strlen(name) > NAME_MAX || *name == '.')
		return 0;
	ret = dh_dir_each(root->sys, "bus", visit_bus, &search);
	path = strstr(search.target, "/devices/");
	if (ret == -ENOMEM || search.found != 1 || !path)
		return ret == -ENOMEM ? ret : 0;
	return dh_device_identify(root, search.dir, path, NULL, &driver, id);
}
