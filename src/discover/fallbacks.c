// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/fallbacks.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"

#define MIB ((uint64_t)1 << 20)

static struct dh_maybe read_parameter(const struct dh_root *root, const char *path, uint64_t unit)
{
	uint64_t value;

	if (dh_file_read_u64(root->sys, path, &value) || value > UINT64_MAX / unit)
		return (struct dh_maybe){ 0 };
	return dh_known(value * unit);
}

void dh_udmabuf_read(const struct dh_root *root, struct dh_udmabuf *udmabuf)
{
	dh_auto(fd) int node = dh_file_open(root->dev, "udmabuf", O_PATH | O_NOFOLLOW);

	*udmabuf = (struct dh_udmabuf){
		.present = node >= 0,
		.list_limit = read_parameter(root, "module/udmabuf/parameters/list_limit", 1),
		.size_limit = read_parameter(root, "module/udmabuf/parameters/size_limit_mb", MIB),
	};
}

struct list {
	char *names;
	size_t used, size;
};

static int add_name(void *data, const char *name)
{
	struct list *list = data;

	if (list->used + 2 < list->size)
		list->used += (size_t)snprintf(list->names + list->used, list->size - list->used,
					       "%s%s", list->used ? ", " : "", name);
	return 0;
}

void dh_rk_heaps_read(const struct dh_root *root, char *names, size_t size)
{
	struct list list = { .names = names, .size = size };

	*names = '\0';
	(void)dh_dir_each(root->sys, "class/rk_dma_heap", add_name, &list);
}
