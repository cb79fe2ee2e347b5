// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dmaheap_debug.h"

#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"
#include "discover/bufinfo.h"
#include "discover/pinned.h"
#include "discover/proc.h"

/* Records the files `names` in the directory `path`. The last element of `names` is NULL. */
static int read_files(const struct dh_recorder_dir *dir, const char *path, const char *const *names)
{
	int ret = 0;

	for (; *names && !ret; names++) {
		dh_auto(free) char *file = dh_text_format("%s/%s", path, *names);

		ret = file ? dh_recorder_read(dir, file) : -ENOMEM;
	}
	return ret;
}

/* A directory whose entries each_entry() visits. */
struct folder {
	const struct dh_recorder_dir *dir;
	const char *path;
	const char *const *files; /* names of the files to record in each entry */
};

/*
 * Records the directory itself, so that the tree contains it even if it is empty, and then calls
 * `visit` for each entry.
 */
static int each_entry(struct folder *folder, int (*visit)(void *data, const char *name))
{
	dh_auto(fd) int fd = dh_file_open(folder->dir->fd, folder->path, O_RDONLY | O_DIRECTORY);
	int ret;

	if (fd < 0)
		return dh_recorder_error(folder->dir, folder->path, fd);
	ret = dh_recorder_add(folder->dir, folder->path, DH_MEMBER_FOLDER, NULL, 0);
	return ret ? ret : dh_dir_each(fd, ".", visit, folder);
}

/* --- Devices ------------------------------------------------------------------------ */

/* Sets `path` to the path of the file `fd`. Returns false if /proc does not show the path. */
static bool path_of(int fd, char path[PATH_MAX])
{
	char link[32];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, PATH_MAX - 1);
	path[length < 0 ? 0 : length] = '\0';
	return length > 0;
}

/*
 * Sets `real` to the path of the directory `path` below `dir` without symlinks, or to `path` itself
 * if /proc does not show that path. Returns 0, or -errno if the directory cannot be opened.
 */
static int resolve(const struct dh_recorder_dir *dir, const char *path, char real[PATH_MAX])
{
	dh_auto(fd) int fd = dh_file_open(dir->fd, path, O_PATH | O_DIRECTORY);
	char top[PATH_MAX], full[PATH_MAX];
	const char *below = path;

	if (fd < 0)
		return fd;
	if (path_of(dir->fd, top) && path_of(fd, full) && !strncmp(full, top, strlen(top)) &&
	    full[strlen(top)] == '/')
		below = full + strlen(top) + 1;
	snprintf(real, PATH_MAX, "%s", below);
	return 0;
}

/* Records the symlink `path`. Writes nothing if `path` is not a symlink. */
static int read_symlink(const struct dh_recorder_dir *dir, const char *path)
{
	dh_auto(fd) int fd = dh_file_open(dir->fd, path, O_PATH | O_NOFOLLOW);
	char target[PATH_MAX];
	ssize_t length = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target) - 1);

	if (fd < 0)
		return dh_recorder_error(dir, path, fd);
	if (length < 0)
		return 0;
	target[length] = '\0';
	return dh_recorder_add(dir, path, DH_MEMBER_LINK, target, 0);
}

static const char *const device_files[] = { "uevent", "dev", NULL };
static const char *const driver_files[] = { "uevent", NULL };

/*
 * Records the directory `path` of a device in sysfs with its `files`, and its symlinks "driver" and
 * "of_node". If `path` is a symlink, also records the symlink. Stores the path of the directory in
 * `real`, or "" if the directory cannot be opened.
 */
static int read_device(const struct dh_recorder_dir *dir, const char *path,
		       const char *const *files, char real[PATH_MAX])
{
	static const char *const links[] = { "driver", "of_node" };
	int ret = resolve(dir, path, real), linked = 0;

	if (ret) {
		*real = '\0';
		return dh_recorder_error(dir, path, ret);
	}
	if (strcmp(path, real) != 0)
		linked = read_symlink(dir, path);
	if (!linked)
		linked = read_files(dir, real, files);
	for (size_t i = 0; i < ARRAY_SIZE(links) && !linked; i++) {
		dh_auto(free) char *link = dh_text_format("%s/%s", real, links[i]);

		linked = link ? read_symlink(dir, link) : -ENOMEM;
	}
	return linked;
}

static int visit_heap(void *data, const char *name)
{
	const struct folder *folder = data;
	dh_auto(free) char *path = dh_text_format("%s/%s", folder->path, name);
	char real[PATH_MAX];

	return path ? read_device(folder->dir, path, device_files, real) : -ENOMEM;
}

/* Adds `name` to recorder->devices. Returns 1, or 0 if `name` was already there, or -ENOMEM. */
static int add_device(struct dh_recorder *recorder, const char *name)
{
	char **added;

	for (size_t i = 0; i < recorder->n_devices; i++)
		if (!strcmp(recorder->devices[i], name))
			return 0;
	added = dh_array_add(&recorder->devices, &recorder->n_devices);
	return added && !dh_text_copy(added, name) ? 1 : -ENOMEM;
}

/* Records a virtio device below the transport in folder->path. */
static int visit_virtio(void *data, const char *name)
{
	return strncmp(name, "virtio", 6) ? 0 : visit_heap(data, name);
}

/* Records the symlink `path` to a device, and the device unless it is already recorded. */
static int read_parent(const struct folder *folder, const char *path)
{
	char parent[PATH_MAX], real[PATH_MAX];
	struct folder transport = *folder;
	dh_auto(fd) int fd = -1;
	int ret = read_symlink(folder->dir, path);

	if (ret || resolve(folder->dir, path, parent))
		return ret;
	ret = add_device(folder->dir->recorder, parent);
	if (ret != 1)
		return ret;
	ret = read_device(folder->dir, parent, driver_files, real);
	if (ret)
		return ret;
	transport.path = parent;
	fd = dh_file_open(folder->dir->fd, parent, O_RDONLY | O_DIRECTORY);
	return fd < 0 ? 0 : dh_dir_each(fd, ".", visit_virtio, &transport);
}

/*
 * Records a DRM or V4L2 node and its parent. Skips connectors, V4L2 subdevices and the file
 * "version".
 */
static int visit_node(void *data, const char *name)
{
	const struct folder *folder = data;
	dh_auto(free) char *path = dh_text_format("%s/%s", folder->path, name);
	dh_auto(free) char *device = NULL;
	char node[PATH_MAX];
	int ret;

	if (strchr(name, '-') || !name[strcspn(name, "0123456789")])
		return 0;
	ret = path ? read_device(folder->dir, path, device_files, node) : -ENOMEM;
	if (ret || !*node)
		return ret;
	device = dh_text_format("%s/device", node);
	return device ? read_parent(folder, device) : -ENOMEM;
}

/* Records the device with the name folder->path on a bus. */
static int visit_bus(void *data, const char *bus)
{
	const struct folder *folder = data;
	dh_auto(free) char *path = dh_text_format("bus/%s/devices/%s", bus, folder->path);

	return path ? read_parent(folder, path) : -ENOMEM;
}

/* Records the devices that are attached to a buffer: 'dmaheapctl holders' shows their IDs. */
static int visit_buffer(void *data, const struct dh_listed_buffer *entry)
{
	struct folder folder = *(struct folder *)data;
	dh_auto(free) char *devices = strdup(entry->devices);
	char *rest = devices, *name;
	int ret = devices ? 0 : -ENOMEM;

	while (!ret && (name = strsep(&rest, ","))) {
		if (!*name || *name == '.' || strchr(name, '/'))
			continue;
		ret = add_device(folder.dir->recorder, name);
		folder.path = name;
		if (ret == 1)
			ret = dh_dir_each(folder.dir->fd, "bus", visit_bus, &folder);
		ret = ret == -ENOENT ? 0 : ret;
	}
	return ret;
}

static int record_attached(const struct dh_recorder_dir *dir)
{
	struct folder folder = { dir, NULL, NULL };
	int ret = dh_bufinfo_read(dir->recorder->root, visit_buffer, &folder);

	/*
	 * Ignore a missing or unreadable bufinfo: without it, a command that reads the record does
	 * not look up attached devices.
	 */
	return dh_proc_fatal_error(ret);
}

/* --- Regions ------------------------------------------------------------------------ */

static int visit_region(void *data, const char *name)
{
	const struct folder *folder = data;
	dh_auto(free) char *path = dh_text_format("%s/%s", folder->path, name);
	dh_auto(fd) int fd = -1;
	int ret;

	if (!path)
		return -ENOMEM;
	fd = dh_file_open(folder->dir->fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd == -ENOTDIR ? 0 : dh_recorder_error(folder->dir, path, fd);
	ret = dh_recorder_add(folder->dir, path, DH_MEMBER_FOLDER, NULL, 0);
	return ret ? ret : read_files(folder->dir, path, folder->files);
}

/* Records a region in debugfs. A region that consists of ranges has a bitmap for each range. */
static int visit_debug_region(void *data, const char *name)
{
	static const char *const files[] = { "bitmap", NULL };
	const struct folder *folder = data;
	dh_auto(free) char *path = dh_text_format("%s/%s/ranges", folder->path, name);
	struct folder ranges = { folder->dir, path, files };
	int ret = path ? visit_region(data, name) : -ENOMEM;

	return ret ? ret : each_entry(&ranges, visit_region);
}

/* Records the provider's text for one heap. */
static int visit_report(void *data, const char *name)
{
	const struct folder *folder = data;
	const char *const files[] = { name, NULL };

	return read_files(folder->dir, folder->path, files);
}

#define RESERVED_MEMORY "firmware/devicetree/base/reserved-memory"
#define DEBUGFS		"kernel/debug/"

int dh_recorder_sys(const struct dh_recorder_dir *dir)
{
	static const char *const no_files[] = { NULL };
	static const char *const cma_sysfs[] = { "total_pages", "available_pages",
						 "alloc_pages_fail", NULL };
	static const char *const cma_debugfs[] = { "count",	    "used",   "maxchunk",
						   "order_per_bit", "bitmap", NULL };
	static const char *const properties[] = { "compatible", "reusable", "no-map",
						  "reg",	"size",	    "linux,cma-default",
						  NULL };
	const struct {
		const char *path;
		int (*visit)(void *data, const char *name);
		const char *const *files;
	} folders[] = {
		{ "class/dma_heap", visit_heap, NULL },
		{ "class/drm", visit_node, NULL },
		{ "class/accel", visit_node, NULL },
		{ "class/video4linux", visit_node, NULL },
		{ "kernel/mm/cma", visit_region, cma_sysfs },
		{ "class/rk_dma_heap", visit_region, no_files },
		{ DEBUGFS "cma", visit_debug_region, cma_debugfs },
		{ DEBUGFS "dma_heap", visit_report, NULL },
		{ RESERVED_MEMORY, visit_region, properties },
	};
	static const char *const files[] = {
		RESERVED_MEMORY "/#address-cells",
		RESERVED_MEMORY "/#size-cells",
		DEBUGFS DMAHEAP_DEBUG_DIR "/" DMAHEAP_DEBUG_VERSION_FILE,
		DEBUGFS DMAHEAP_DEBUG_DIR "/" DMAHEAP_DEBUG_PROBES_FILE,
		DEBUGFS DMAHEAP_DEBUG_DIR "/" DMAHEAP_DEBUG_STATS_FILE,
		DEBUGFS DMAHEAP_DEBUG_DIR "/" DMAHEAP_DEBUG_CALLSITES_FILE,
		/* The other files of dmaheap_client contain only the answers to commands. */
		DEBUGFS DMAHEAP_CLIENT_DIR "/" DMAHEAP_DEBUG_VERSION_FILE,
		DEBUGFS "dma_buf/bufinfo",
		DEBUGFS "dmaheap_sim/heaps",
		DH_PINNED_PATH,
		"module/dma_heap/parameters/mem_accounting",
		"module/udmabuf/parameters/list_limit",
		"module/udmabuf/parameters/size_limit_mb",
	};
	dh_auto(fd) int class = dh_file_open(dir->fd, "class", O_RDONLY | O_DIRECTORY);
	int ret = class < 0 ? dh_recorder_error(dir, "class", class)
			    : dh_recorder_add(dir, "class", DH_MEMBER_FOLDER, NULL, 0);

	for (size_t i = 0; i < ARRAY_SIZE(folders) && !ret; i++) {
		struct folder folder = { dir, folders[i].path, folders[i].files };

		ret = each_entry(&folder, folders[i].visit);
	}
	if (!ret)
		ret = dh_recorder_exists(dir, "module/dmaheap_debug");
	if (!ret)
		ret = dh_recorder_exists(dir, "module/dmaheap_client");
	for (size_t i = 0; i < ARRAY_SIZE(files) && !ret; i++)
		ret = dh_recorder_read(dir, files[i]);
	return ret ? ret : record_attached(dir);
}
