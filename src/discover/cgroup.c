// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/cgroup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

#define MOUNT "fs/cgroup"

struct dh_maybe dh_cgroup_charging_read(const struct dh_root *root)
{
	char text[64];
	ssize_t length = dh_file_read(root->sys, "module/dma_heap/parameters/mem_accounting", text,
				      sizeof(text));

	if (length <= 0 || !strchr("YyNn01", text[0]))
		return (struct dh_maybe){ 0 };
	return dh_known(strchr("Yy1", text[0]) != NULL);
}

/*
 * Reads a number from `file` of the cgroup `path`: from the line that begins with `key` and a
 * space, or from the first line if `key` is empty. The result is unknown if there is no number, for
 * example if the limit is "max".
 */
static struct dh_maybe read_value(const struct dh_root *root, const char *path, const char *file,
				  const char *key)
{
	char name[PATH_MAX], text[16384];
	size_t n = strlen(key);
	uint64_t value;

	if (snprintf(name, sizeof(name), MOUNT "%s/%s", path, file) >= (int)sizeof(name) ||
	    dh_file_read(root->sys, name, text, sizeof(text)) < 0)
		return (struct dh_maybe){ 0 };
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) || (n && line[n] != ' '))
			continue;
		line += n + (n > 0);
		if (dh_digits_parse(line, strcspn(line, "\n"), 10, &value))
			return dh_known(value);
		break;
	}
	return (struct dh_maybe){ 0 };
}

/*
 * Sets `limit` to the limit `max` of the cgroup `path` if `max` leaves fewer bytes than the limit
 * found so far. The kernel can reclaim `reclaimable` of the `used` bytes, so only the rest counts.
 */
static void tighten(struct dh_cgroup_limit *limit, const char *path, uint64_t max,
		    struct dh_maybe used, uint64_t reclaimable)
{
	uint64_t left;

	if (!used.known)
		return;
	used.value -= reclaimable < used.value ? reclaimable : used.value;
	left = used.value < max ? max - used.value : 0;
	if (limit->left.known && limit->left.value <= left)
		return;
	limit->left = dh_known(left);
	limit->max = max;
	snprintf(limit->cgroup, sizeof(limit->cgroup), "%s", *path ? path : "/");
}

/* Tightens `limit` to the limit of the cgroup `path`, if that limit exists and is tighter. */
static void read_cgroup(const struct dh_root *root, const char *path, const char *region,
			struct dh_cgroup_limit *limit)
{
	const struct dh_maybe max = region ? read_value(root, path, "dmem.max", region)
					   : read_value(root, path, "memory.max", "");
	uint64_t cache = 0;

	/* Most cgroups have no limit: do not read their usage. */
	if (!max.known)
		return;
	if (region) {
		tighten(limit, path, max.value, read_value(root, path, "dmem.current", region), 0);
		return;
	}
	cache = read_value(root, path, "memory.stat", "inactive_file").value +
		read_value(root, path, "memory.stat", "active_file").value;
	tighten(limit, path, max.value, read_value(root, path, "memory.current", ""), cache);
}

void dh_cgroup_limit_read(const struct dh_root *root, const char *region,
			  struct dh_cgroup_limit *limit)
{
	char text[PATH_MAX + 64], *rest = text, *path;
	ssize_t length = dh_file_read(root->proc, "self/cgroup", text, sizeof(text));

	*limit = (struct dh_cgroup_limit){ 0 };
	if (length < 0) {
		dh_note(root->log, "proc/self/cgroup: %s", dh_errno_name((int)-length));
		return;
	}
	/* The line of the unified hierarchy begins with "0::". See cgroups(7). */
	do
		path = strsep(&rest, "\n");
	while (path && strncmp(path, "0::/", 4));
	/* "/.." means that the cgroup is outside the cgroup namespace, so its files are hidden. */
	if (!path || !strncmp(path, "0::/..", 6))
		return;
	path += path[4] ? strlen("0::") : strlen("0::/");
	for (;;) {
		char *slash = strrchr(path, '/');

		read_cgroup(root, path, region, limit);
		if (!slash)
			return;
		*slash = '\0';
	}
}
