// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/sysmacros.h>

#include "model/fallback.h"
#include "model/inventory.h"
#include "present/schemas.h"

#define HEAP(name, statement)	 DH_GETTER(struct dh_heap, get_##name, statement)
#define HEAP_VALUE(member, kind) DH_VALUE(struct dh_heap, member, kind)

/*
 * Defines a getter that reads the memory region of a heap. The cell of a heap without a region
 * stays absent.
 */
#define REGION(name, statement)                                                            \
	static void get_##name(const void *row, const void *context, struct dh_cell *cell) \
	{                                                                                  \
		const struct dh_region *region = dh_heap_region(context, row);             \
		if (region)                                                                \
			statement;                                                         \
	}

/*
 * Sets the cell to `name`, the owner or group of the node. If `name` is NULL, sets the cell to
 * `id`, or leaves the cell absent if the node is unknown.
 */
static void set_name_or_id(struct dh_cell *cell, const struct dh_heap *heap, const char *name,
			   unsigned int id)
{
	if (name)
		dh_cell_text(cell, name);
	else if (heap->has_node_facts)
		dh_cell_format(cell, "%u", id);
}

HEAP(kind, dh_cell_text(cell, dh_kind_name(of->kind)))
HEAP(mode, if (of->has_node_facts)
		   dh_cell_format(cell, "%04o%s", (unsigned int)(of->permission.mode & 07777),
				  of->permission.n_acl ? "+" : ""))
HEAP(dev, if (of->has_dev) dh_cell_format(cell, "%u:%u", major(of->dev), minor(of->dev)))
HEAP(owner, set_name_or_id(cell, of, of->owner, of->permission.uid))
HEAP(group, set_name_or_id(cell, of, of->group, of->permission.gid))

REGION(size, dh_cell_maybe(cell, DH_CELL_BYTES, region->size))
REGION(free, dh_cell_maybe(cell, DH_CELL_BYTES, region->free))
REGION(largest, dh_cell_maybe(cell, DH_CELL_BYTES, region->largest))
REGION(others, dh_cell_maybe(cell, DH_CELL_BYTES, region->others))
REGION(map, dh_cell_nonempty(cell, region->map.text))
REGION(region, dh_cell_text(cell, region->name))
REGION(region_source, dh_cell_list(cell, region->source, region->source, ','))
REGION(failed, dh_cell_maybe(cell, DH_CELL_BYTES, region->failed))

static void set_access(struct dh_cell *cell, enum dh_access access, int error)
{
	if (access == DH_ACCESS_OPEN)
		dh_cell_text(cell, "yes");
	else if (access == DH_ACCESS_REFUSED)
		dh_cell_errno(cell, error);
	cell->alert = access == DH_ACCESS_REFUSED;
}

HEAP(access, set_access(cell, of->access, of->access_error))

static void set_source(unsigned int seen, struct dh_cell *cell)
{
	static const char *const names[] = {
		NULL,	"udev",	     "sysfs",	   "udev,sysfs",
		"node", "udev,node", "sysfs,node", "udev,sysfs,node",
	};
	const char *text = names[seen & (DH_SEEN_UDEV | DH_SEEN_SYSFS | DH_SEEN_NODE)];

	dh_cell_list(cell, text, text, ',');
}

HEAP(source, set_source(of->seen, cell))

/* clang-format off */
static const struct dh_column columns[] = {
	{ "NAME", "name", DH_SHOWN, HEAP_VALUE(name, TEXT), .help = "name of the heap" },
	{ "KIND", "kind", DH_SHOWN, get_kind,
	  .help = "kind of the heap, inferred because the kernel does not report it" },
	{ "NODE", "node", 0, HEAP_VALUE(node, TEXT), .help = "device node" },
	{ "MODE", "mode", 0, get_mode, .help = "permissions of the node; + if it has an ACL" },
	{ "ACCESS", "access", DH_SHOWN, get_access,
	  .help = "yes if the caller can open the node, otherwise the error" },
	{ "SIZE", "size", DH_SHOWN | DH_RIGHT, get_size, .help = "size of the memory region" },
	{ "FREE", "free", DH_SHOWN | DH_RIGHT, get_free, .help = "free memory of the region" },
	{ "DEV", "dev", 0, get_dev, .help = "device number" },
	{ "OWNER", "owner", 0, get_owner, .help = "owner of the node" },
	{ "GROUP", "group", 0, get_group, .help = "group of the node" },
	{ "ALIAS", "alias", 0, HEAP_VALUE(alias, TEXT),
	  .help = "another heap with the same region" },
	{ "LARGEST", "largest", DH_RIGHT, get_largest,
	  .help = "size of the longest free run in the region" },
	{ "OTHERS", "others", DH_RIGHT, get_others,
	  .help = "used memory of the region, minus the buffers of its heaps" },
	{ "MAP", "map", 0, get_map,
	  .help = "map of the region in at most 80 characters: . free, + partly used, # used" },
	{ "SOURCE", "source", 0, get_source,
	  .help = "sources that list the heap: udev, sysfs, node" },
	{ "REGION", "region", 0, get_region, .help = "name of the region" },
	{ "REGION-SOURCE", "region_source", 0, get_region_source,
	  .help = "sources of the region's figures: sysfs, debugfs, meminfo, device-tree" },
	{ "FAILED-BYTES", "failed_bytes", DH_RIGHT, get_failed,
	  .help = "total size of the failed allocations from the region since boot" },
	{ "REPORT", "report", 0, HEAP_VALUE(report, TEXT),
	  .help = "text that the heap's driver writes to dma_heap/NAME in debugfs" },
	{ "WHY", "kind_inferred_from", DH_WRAP, HEAP_VALUE(kind_reason, TEXT),
	  .help = "basis of the inferred kind" },
	{ "CONFLICT", "conflict", DH_WRAP, HEAP_VALUE(problem, TEXT),
	  .help = "contradiction between udev, sysfs and the node, such as a missing node" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_heaps, "heaps", columns);

#define FALLBACK(name, statement) DH_GETTER(struct dh_fallback, fallback_##name, statement)

FALLBACK(name, dh_cell_text(cell, dh_fallback_name(of)))
FALLBACK(kind, dh_cell_text(cell, of->kind == DH_FALLBACK_UDMABUF ? "udmabuf" : "rockchip"))
FALLBACK(node, dh_cell_text(cell, of->node))
FALLBACK(access, set_access(cell, of->access, of->access_error))

/* clang-format off */
static const struct dh_column fallback_columns[] = {
	{ "NAME", "name", DH_SHOWN, fallback_name, .help = "name of the device" },
	{ "KIND", "kind", DH_SHOWN, fallback_kind, .help = "udmabuf or rockchip" },
	{ "NODE", "node", DH_SHOWN, fallback_node, .help = "device node" },
	{ "ACCESS", "access", DH_SHOWN, fallback_access,
	  .help = "yes if the caller can open the node, otherwise the error" },
	{ "LIST-LIMIT", "list_limit", DH_SHOWN | DH_RIGHT,
	  DH_VALUE(struct dh_fallback, list_limit, COUNT),
	  .help = "maximum number of memfd ranges in a buffer" },
	{ "SIZE-LIMIT", "size_limit", DH_SHOWN | DH_RIGHT,
	  DH_VALUE(struct dh_fallback, size_limit, BYTES), .help = "maximum size of a buffer" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_fallbacks, "fallbacks", fallback_columns);

#define PART(name, statement)	 DH_GETTER(struct dh_map_part, part_##name, statement)
#define PART_VALUE(member, kind) DH_VALUE(struct dh_map_part, member, kind)

static const struct dh_region *region_of(const struct dh_map_part *part, const void *context)
{
	return &((const struct dh_inventory *)context)->regions[part->region];
}

/* The cell stays absent if the page size is unknown. */
static void set_bits(const struct dh_map_part *part, const void *context, uint64_t bits,
		     struct dh_cell *cell)
{
	const struct dh_region_map *map = &region_of(part, context)->map;

	if (map->bit_size)
		dh_cell_number(cell, DH_CELL_BYTES, bits * map->bit_size);
}

PART(region, dh_cell_text(cell, region_of(of, context)->name))
PART(offset, set_bits(of, context, of->run.first, cell))
PART(bytes, set_bits(of, context, of->run.bits, cell))

/* clang-format off */
static const struct dh_column part_columns[] = {
	{ "REGION", "region", DH_SHOWN, part_region, .help = "name of the region" },
	{ "OFFSET", "offset", DH_SHOWN | DH_RIGHT, part_offset,
	  .help = "offset of the run of used memory in the region" },
	{ "BYTES", "bytes", DH_SHOWN | DH_RIGHT, part_bytes,
	  .help = "size of the run" },
	{ "HEAP", "heap", DH_SHOWN, PART_VALUE(heap, TEXT), .help = "name of the buffer's heap" },
	{ "INODE", "inode", DH_SHOWN | DH_RIGHT, PART_VALUE(inode, COUNT),
	  .help = "inode number of the buffer" },
	{ "PID", "pid", DH_SHOWN | DH_RIGHT, PART_VALUE(pid, COUNT),
	  .help = "lowest ID among the processes that hold the buffer by descriptor" },
	{ "PROCESS", "process", DH_SHOWN, PART_VALUE(process, TEXT),
	  .help = "name of the process in PID" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_runs, "runs", part_columns);
