// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/fallbacks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/units.h"

#define MIB ((uint64_t)1 << 20)

static struct dh_maybe read_parameter(const struct dh_root *root, const char *path, uint64_t unit)
{
	uint64_t value;

	if (dh_file_read_u64(root->sys, path, &value) || value > UINT64_MAX / unit)
		return (struct dh_maybe){ 0 };
	return dh_known(value * unit);
}

struct reader {
	const struct dh_root *root;
	struct dh_fallbacks *fallbacks;
};

/* Adds a device. `path` is its node below /dev. Returns NULL if out of memory. */
static struct dh_fallback *add(const struct reader *reader, enum dh_fallback_kind kind,
			       const char *path)
{
	struct dh_fallback *device = dh_array_add(&reader->fallbacks->each, &reader->fallbacks->n);

	if (!device)
		return NULL;
	device->kind = kind;
	snprintf(device->node, sizeof(device->node), "/dev/%s", path);
	if (!reader->root->live)
		return device;
	if (faccessat(reader->root->dev, path, R_OK | W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW))
		device->access_error = errno;
	device->access = device->access_error ? DH_ACCESS_REFUSED : DH_ACCESS_OPEN;
	return device;
}

static int add_rockchip(void *data, const char *name)
{
	char path[272];

	/* The path fits, because a directory entry has at most NAME_MAX bytes. */
	stpcpy(stpcpy(path, "rk_dma_heap/"), name);
	return add(data, DH_FALLBACK_ROCKCHIP, path) ? 0 : -ENOMEM;
}

int dh_fallbacks_read(const struct dh_root *root, struct dh_fallbacks *fallbacks)
{
	struct reader reader = { root, fallbacks };
	dh_auto(fd) int node = dh_file_open(root->dev, "udmabuf", O_PATH | O_NOFOLLOW);
	int ret = dh_dir_each(root->sys, "class/rk_dma_heap", add_rockchip, &reader);
	struct dh_fallback *udmabuf;

	if (ret == -ENOENT || ret == -DH_NOT_MOUNTED)
		ret = 0;
	if (ret == -ENOMEM || node == -ENOENT)
		return ret;
	udmabuf = add(&reader, DH_FALLBACK_UDMABUF, "udmabuf");
	if (!udmabuf)
		return -ENOMEM;
	udmabuf->list_limit = read_parameter(root, "module/udmabuf/parameters/list_limit", 1);
	udmabuf->size_limit = read_parameter(root, "module/udmabuf/parameters/size_limit_mb", MIB);
	return ret;
}
