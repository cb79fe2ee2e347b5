// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/cgroup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "discover/lines.h"

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
 * Reads the number after `start` in `file` of the cgroup `path`. The number is unknown if no line
 * begins with `start`, or if other text follows, such as "max".
 */
static struct dh_maybe read_value(const struct dh_root *root, const char *path, const char *file,
				  const char *start)
{
	char name[PATH_MAX], text[16384], *number;
	uint64_t value;

	if (snprintf(name, sizeof(name), MOUNT "%s/%s", path, file) >= (int)sizeof(name) ||
	    dh_file_read(root->sys, name, text, sizeof(text)) < 0)
		return (struct dh_maybe){ 0 };
	number = dh_line_find(text, start);
	if (!number || !dh_digits_parse(number, strcspn(number, "\n"), 10, &value))
		return (struct dh_maybe){ 0 };
	return dh_known(value);
}

/*
 * Sets `limit` to the limit of the cgroup `path` if that limit exists and leaves fewer bytes than
 * the limit found so far.
 */
static void read_cgroup(const struct dh_root *root, const char *path, const char *region,
			struct dh_cgroup_limit *limit)
{
	char start[PATH_MAX] = ""; /* of the line in a dmem file; memory files have one line */
	struct dh_maybe max, used;
	uint64_t cache = 0, left;

	if (region)
		snprintf(start, sizeof(start), "%s ", region);
	max = read_value(root, path, region ? "dmem.max" : "memory.max", start);
	/* Most cgroups have no limit: do not read their usage. */
	if (!max.known)
		return;
	used = read_value(root, path, region ? "dmem.current" : "memory.current", start);
	if (!used.known)
		return;
	/* The kernel can reclaim the page cache, so only the rest counts. */
	if (!region)
		cache = read_value(root, path, "memory.stat", "inactive_file ").value +
			read_value(root, path, "memory.stat", "active_file ").value;
	used.value -= cache < used.value ? cache : used.value;
	left = used.value < max.value ? max.value - used.value : 0;
	if (limit->left.known && limit->left.value <= left)
		return;
	limit->left = dh_known(left);
	limit->max = max.value;
	snprintf(limit->cgroup, sizeof(limit->cgroup), "%s", *path ? path : "/");
}

void dh_cgroup_limit_read(const struct dh_root *root, const char *region,
			  struct dh_cgroup_limit *limit)
{
	char text[PATH_MAX + 64], *path;
	ssize_t length = dh_file_read(root->proc, "self/cgroup", text, sizeof(text));

	*limit = (struct dh_cgroup_limit){ 0 };
	if (length < 0) {
		dh_note(root->log, "proc/self/cgroup: %s", dh_errno_name((int)-length));
		return;
	}
	/* The line of the unified hierarchy begins with "0::". See cgroups(7). */
	path = dh_line_find(text, "0::");
	/* "/.." means that the cgroup is outside the cgroup namespace, so its files are hidden. */
	if (!path || *path != '/' || !strncmp(path, "/..", 3))
		return;
	path[strcspn(path, "\n")] = '\0';
	if (!path[1])
		path++;
	for (;;) {
		char *slash = strrchr(path, '/');

		read_cgroup(root, path, region, limit);
		if (!slash)
			return;
		*slash = '\0';
	}
}
