// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "base/units.h"
#include "model/inventory.h"
#include "present/schemas.h"

static const struct dh_region *region_of(const void *row, const void *context)
{
	return dh_heap_region(context, row);
}

static void get_name(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, ((const struct dh_heap *)row)->name);
}

static void get_kind(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, dh_kind_name(((const struct dh_heap *)row)->kind));
}

static void get_kind_reason(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, ((const struct dh_heap *)row)->kind_reason);
}

static void get_node(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, ((const struct dh_heap *)row)->node);
}

static void get_mode(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_heap *heap = row;

	(void)context;
	if (heap->has_node_facts)
		dh_cell_format(cell, "%04o", (unsigned int)(heap->mode & 07777));
}

static void get_access(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_heap *heap = row;

	(void)context;
	if (heap->access == DH_ACCESS_OPEN)
		dh_cell_text(cell, "yes");
	else if (heap->access == DH_ACCESS_REFUSED)
		dh_cell_format(cell, "%s", dh_errno_name(heap->access_error));
}

static void get_size(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_region *region = region_of(row, context);

	if (region)
		dh_cell_maybe(cell, DH_CELL_BYTES, region->size);
}

static void get_free(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_region *region = region_of(row, context);

	if (region)
		dh_cell_maybe(cell, DH_CELL_BYTES, region->free);
}

static void get_dev(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_heap *heap = row;

	(void)context;
	if (heap->has_dev)
		dh_cell_format(cell, "%u:%u", major(heap->dev), minor(heap->dev));
}

static void get_owner(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_heap *heap = row;

	(void)context;
	if (heap->owner)
		dh_cell_text(cell, heap->owner);
	else if (heap->has_node_facts)
		dh_cell_format(cell, "%u", (unsigned int)heap->uid);
}

static void get_group(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_heap *heap = row;

	(void)context;
	if (heap->group)
		dh_cell_text(cell, heap->group);
	else if (heap->has_node_facts)
		dh_cell_format(cell, "%u", (unsigned int)heap->gid);
}

static void get_alias(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, ((const struct dh_heap *)row)->alias);
}

static void get_largest(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_region *region = region_of(row, context);

	if (region)
		dh_cell_maybe(cell, DH_CELL_BYTES, region->largest);
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

static void get_region(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_region *region = region_of(row, context);

	if (region)
		dh_cell_text(cell, region->name);
}

static void get_region_source(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_region *region = region_of(row, context);

	if (region)
		dh_cell_text(cell, region->source);
}

static void get_failures(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_region *region = region_of(row, context);

	if (region)
		dh_cell_maybe(cell, DH_CELL_COUNT, region->failures);
}

static void get_trouble(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, ((const struct dh_heap *)row)->trouble);
}

/* clang-format off: a column in two lines */
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
