// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "model/inventory.h"
#include "present/schemas.h"

#define HEAP(name, statement) DH_GETTER(struct dh_heap, get_##name, statement)

/* The same about the heap's memory region, where it is known. */
#define REGION(name, statement)                                                            \
	static void get_##name(const void *row, const void *context, struct dh_cell *cell) \
	{                                                                                  \
		const struct dh_region *region = dh_heap_region(context, row);             \
		if (region)                                                                \
			statement;                                                         \
	}

/* The name of a user or a group, where it has one. */
static void name_or_id(struct dh_cell *cell, const struct dh_heap *heap, const char *name,
		       unsigned int id)
{
	if (name)
		dh_cell_text(cell, name);
	else if (heap->has_node_facts)
		dh_cell_format(cell, "%u", id);
}

HEAP(name, dh_cell_text(cell, of->name))
HEAP(kind, dh_cell_text(cell, dh_kind_name(of->kind)))
HEAP(kind_reason, dh_cell_text(cell, of->kind_reason))
HEAP(node, dh_cell_text(cell, of->node))
HEAP(mode, if (of->has_node_facts) dh_cell_format(cell, "%04o", (unsigned int)(of->mode & 07777)))
HEAP(dev, if (of->has_dev) dh_cell_format(cell, "%u:%u", major(of->dev), minor(of->dev)))
HEAP(owner, name_or_id(cell, of, of->owner, of->uid))
HEAP(group, name_or_id(cell, of, of->group, of->gid))
HEAP(alias, dh_cell_text(cell, of->alias))
HEAP(trouble, dh_cell_text(cell, of->problem))

REGION(size, dh_cell_maybe(cell, DH_CELL_BYTES, region->size))
REGION(free, dh_cell_maybe(cell, DH_CELL_BYTES, region->free))
REGION(largest, dh_cell_maybe(cell, DH_CELL_BYTES, region->largest))
REGION(region, dh_cell_text(cell, region->name))
REGION(region_source, dh_cell_text(cell, region->source))
REGION(failures, dh_cell_maybe(cell, DH_CELL_COUNT, region->failures))

static void get_access(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_heap *heap = row;

	(void)context;
	if (heap->access == DH_ACCESS_OPEN)
		dh_cell_text(cell, "yes");
	else if (heap->access == DH_ACCESS_REFUSED)
		dh_cell_errno(cell, heap->access_error);
}

static void get_source(const void *row, const void *context, struct dh_cell *cell)
{
	static const char *const names[] = {
		NULL,	"udev",	     "sysfs",	   "udev,sysfs",
		"node", "udev,node", "sysfs,node", "udev,sysfs,node",
	};
	const struct dh_heap *heap = row;

	(void)context;
	dh_cell_text(cell, names[heap->seen & (DH_SEEN_UDEV | DH_SEEN_SYSFS | DH_SEEN_NODE)]);
}

/* clang-format off */
static const struct dh_column columns[] = {
	{ .name = "NAME", .key = "name", .shown = true, .get = get_name,
	  .help = "name of the heap" },
	{ .name = "KIND", .heading = "KIND(INFERRED)", .key = "kind", .shown = true,
	  .get = get_kind,
	  .help = "what it is; the kernel does not tell, so it is inferred" },
	{ .name = "NODE", .key = "node", .shown = true, .get = get_node,
	  .help = "its device node" },
	{ .name = "MODE", .key = "mode", .shown = true, .get = get_mode,
	  .help = "permissions of the node" },
	{ .name = "ACCESS", .key = "access", .shown = true, .get = get_access,
	  .help = "whether this caller can open it: yes, or the error it met" },
	{ .name = "SIZE", .key = "size", .shown = true, .right = true, .get = get_size,
	  .help = "size of the memory region behind it" },
	{ .name = "FREE", .key = "free", .shown = true, .right = true, .get = get_free,
	  .help = "what is left of the region" },
	{ .name = "DEV", .key = "dev", .get = get_dev,
	  .help = "device number" },
	{ .name = "OWNER", .key = "owner", .get = get_owner,
	  .help = "owner of the node" },
	{ .name = "GROUP", .key = "group", .get = get_group,
	  .help = "group of the node" },
	{ .name = "ALIAS", .key = "alias", .get = get_alias,
	  .help = "another heap over the same region" },
	{ .name = "LARGEST", .key = "largest", .right = true, .get = get_largest,
	  .help = "longest free run of the region" },
	{ .name = "SOURCE", .key = "source", .get = get_source,
	  .help = "where it was seen: udev, sysfs, node" },
	{ .name = "REGION", .key = "region", .get = get_region,
	  .help = "name of the region" },
	{ .name = "REGION-SOURCE", .key = "region_source", .get = get_region_source,
	  .help = "where the region's figures are from" },
	{ .name = "FAILURES", .key = "failed_pages", .right = true, .get = get_failures,
	  .help = "pages that the region has refused since boot" },
	{ .name = "KIND-REASON", .key = "kind_inferred_from", .get = get_kind_reason,
	  .help = "what the kind was inferred from" },
	{ .name = "TROUBLE", .key = "trouble", .get = get_trouble,
	  .help = "how the sources disagree" },
};
/* clang-format on */

const struct dh_schema dh_schema_heaps = {
	.key = "heaps",
	.columns = columns,
	.n = ARRAY_SIZE(columns),
};
