// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/regions.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/meminfo.h"
#include "discover/modules.h"

/* The sources of a region's figures, as bits. */
enum {
	FROM_SYSFS = 1 << 0,
	FROM_DEBUGFS = 1 << 1,
	FROM_MEMINFO = 1 << 2,
	FROM_DEVICE_TREE = 1 << 3,
};

static const char *const source_names[] = {
	NULL,
	"sysfs",
	"debugfs",
	"sysfs,debugfs",
	"meminfo",
	"sysfs,meminfo",
	"debugfs,meminfo",
	"sysfs,debugfs,meminfo",
	"device-tree",
	"sysfs,device-tree",
	"debugfs,device-tree",
	"sysfs,debugfs,device-tree",
	"meminfo,device-tree",
	"sysfs,meminfo,device-tree",
	"debugfs,meminfo,device-tree",
	"sysfs,debugfs,meminfo,device-tree",
};

/* The page sizes of all Linux architectures are in this range. */
#define PAGE_SIZE_MIN 4096
#define PAGE_SIZE_MAX ((uint64_t)256 << 10)

struct reader {
	const struct dh_root *root;
	struct dh_inventory *inventory;
	const char *dir;     /* below /sys */
	uint64_t page_size;  /* bytes; 0 if unknown */
	size_t n;	     /* number of areas read from `dir` */
	bool prefixed;	     /* debugfs: the names of all directories begin with "cma-" */
	bool listed;	     /* the kernel listed all of its areas */
	uint32_t size_cells; /* device tree */
	uint32_t address_cells;
};

static void add_source(struct dh_region *region, unsigned int source)
{
	unsigned int mask = 0;

	while (region->source && source_names[mask] != region->source)
		mask++;
	region->source = source_names[mask | source];
}

/* Sets a figure unless an earlier source has set it. Returns true if this call sets the figure. */
static bool set_known(struct dh_maybe *figure, struct dh_maybe value)
{
	if (figure->known || !value.known)
		return false;
	*figure = value;
	return true;
}

/* Sets the figures that `source` knows, unless an earlier source has set them. */
static void add_figures(struct dh_region *region, unsigned int source,
			const struct dh_region *figures)
{
	bool changed = set_known(&region->size, figures->size);

	changed |= set_known(&region->free, figures->free);
	changed |= set_known(&region->largest, figures->largest);
	changed |= set_known(&region->failed, figures->failed);
	if (changed)
		add_source(region, source);
}

/* Reads a number of pages. Returns the number of bytes. */
static struct dh_maybe read_pages(const struct reader *reader, const char *name, const char *file)
{
	const uint64_t unit = reader->page_size;
	char path[PATH_MAX];
	uint64_t value;
	int ret;

	snprintf(path, sizeof(path), "%s/%s/%s", reader->dir, name, file);
	ret = dh_file_read_u64(reader->root->sys, path, &value);
	if (!ret && !unit)
		return (struct dh_maybe){ 0 };
	if (!ret && value <= UINT64_MAX / unit)
		return dh_known(value * unit);
	if (ret != -ENOENT)
		dh_note(reader->root->log, "sys/%s: %s", path, dh_errno_name(ret ? -ret : ERANGE));
	return (struct dh_maybe){ 0 };
}

struct sum {
	const struct dh_root *root;
	const char *dir, *file;
	uint64_t pages;
};

static int add_pages(void *data, const char *name)
{
	struct sum *sum = data;
	char path[PATH_MAX];
	uint64_t value;
	int ret;

	snprintf(path, sizeof(path), "%s/%s/%s", sum->dir, name, sum->file);
	ret = dh_file_read_u64(sum->root->sys, path, &value);
	if (!ret && __builtin_add_overflow(sum->pages, value, &sum->pages))
		ret = -ERANGE;
	return ret;
}

/*
 * Calculates the page size of a recorded system: CmaTotal (`total`), divided by the number of pages
 * in all areas. If the quotient is not a valid page size, `*page_size` is unchanged. Returns 0 or
 * -ENOMEM.
 */
static int calculate_page_size(const struct dh_root *root, struct dh_maybe total,
			       uint64_t *page_size)
{
	struct sum sums[] = {
		{ root, "kernel/mm/cma", "total_pages", 0 },
		{ root, "kernel/debug/cma", "count", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sums) && total.known; i++) {
		struct sum *sum = &sums[i];
		int ret = dh_dir_each(root->sys, sum->dir, add_pages, sum);
		uint64_t size;

		if (ret == -ENOMEM)
			return ret;
		if (ret || !sum->pages || total.value % sum->pages)
			continue;
		size = total.value / sum->pages;
		if (size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX && !(size & (size - 1))) {
			*page_size = size;
			return 0;
		}
	}
	dh_note(root->log, "page size of the recorded system: unknown");
	return 0;
}

/*
 * Reads the files that mm/cma_sysfs.c creates. Older kernels lack total_pages and available_pages.
 */
static int visit_sysfs(void *data, const char *name)
{
	struct reader *reader = data;
	struct dh_region *region = dh_inventory_add_region(reader->inventory, name);

	if (!region)
		return -ENOMEM;
	add_figures(region, FROM_SYSFS,
		    &(struct dh_region){
			    .size = read_pages(reader, name, "total_pages"),
			    .free = read_pages(reader, name, "available_pages"),
			    .failed = read_pages(reader, name, "alloc_pages_fail"),
		    });
	reader->n++;
	return 0;
}

static int check_prefix(void *data, const char *name)
{
	struct reader *reader = data;

	reader->prefixed = reader->prefixed && !strncmp(name, "cma-", 4);
	return 0;
}

/*
 * Returns the name of the area that a directory in debugfs belongs to. Older kernels name the
 * directory "cma-" plus the name of the area, truncated to 15 characters in total. If only one
 * known area has a name that begins with the truncated name, returns the full name, else the
 * truncated name. If no areas are known, compares with the names of the heaps instead.
 */
static const char *debugfs_area(const struct reader *reader, const char *dir)
{
	const struct dh_inventory *inventory = reader->inventory;
	const char *match = NULL, *start;
	size_t n = strlen(dir), n_names;

	if (!reader->prefixed || n > 15 || dh_inventory_find_region(inventory, dir))
		return dir;
	start = dir + strlen("cma-");
	if (n < 15)
		return start;
	n -= strlen("cma-");

	n_names = inventory->n_regions ? inventory->n_regions : inventory->n_heaps;
	for (size_t i = 0; i < n_names; i++) {
		const char *name = inventory->n_regions ? inventory->regions[i].name
							: inventory->heaps[i].name;

		if (strncmp(name, start, n))
			continue;
		if (match)
			return start;
		match = name;
	}
	return match ? match : start;
}

/* Reads the files that mm/cma_debug.c creates. The files contain numbers of pages. */
static int visit_debugfs(void *data, const char *dir)
{
	struct reader *reader = data;
	const char *name = debugfs_area(reader, dir);
	struct dh_region *region = dh_inventory_add_region(reader->inventory, name);
	struct dh_region figures = { 0 };
	struct dh_maybe used;

	if (!region || (!region->debugfs && dh_text_copy(&region->debugfs, dir)))
		return -ENOMEM;
	figures.size = read_pages(reader, dir, "count");
	used = read_pages(reader, dir, "used");
	figures.free = dh_minus(figures.size, used);
	figures.largest = read_pages(reader, dir, "maxchunk");
	add_figures(region, FROM_DEBUGFS, &figures);
	reader->n++;
	return 0;
}

/*
 * Reads up to `size` bytes of a property of a node in the device tree. Returns the number of bytes
 * or -errno. A property is binary: unlike dh_file_read(), this function does not remove a final
 * newline.
 */
static ssize_t read_property(const struct reader *reader, const char *name, const char *property,
			     void *bytes, size_t size)
{
	dh_auto(fd) int fd = -1;
	char path[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s/%s", reader->dir, name, property);
	fd = dh_file_open(reader->root->sys, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fd;
	length = read(fd, bytes, size);
	return length < 0 ? -errno : length;
}

/* Reads a number of cells, 1 or 2. Returns 2 if the property is missing or malformed. */
static uint32_t read_cells(const struct reader *reader, const char *property)
{
	uint32_t cells;

	if (read_property(reader, ".", property, &cells, sizeof(cells)) == sizeof(cells) &&
	    be32toh(cells) == 1)
		return 1;
	return 2;
}

static struct dh_maybe cells_value(const uint32_t *cells, uint32_t n)
{
	uint64_t value = be32toh(cells[0]);

	if (n == 2)
		value = value << 32 | be32toh(cells[1]);
	return dh_known(value);
}

/*
 * Returns true if the kernel command line contains "cma=": then the kernel ignores the default area
 * of the device tree.
 */
static bool default_is_overridden(const struct reader *reader)
{
	char text[4096 + 1] = " ";

	return dh_file_read(reader->root->proc, "cmdline", text + 1, sizeof(text) - 1) > 0 &&
	       strstr(text, " cma=");
}

/*
 * Adds the region of a "shared-dma-pool" node in reserved-memory. With "reusable" and without
 * "no-map", the kernel creates a CMA area that has the name of the node (rmem_cma_setup() in
 * kernel/dma/contiguous.c). The function skips the node if the kernel's list of areas or its
 * command line shows that the area does not exist. Without "reusable", the memory is a carve-out of
 * one driver (rmem_dma_setup() in kernel/dma/coherent.c). The function adds a carve-out only if a
 * heap has the name of the node.
 */
static int visit_device_tree(void *data, const char *name)
{
	struct reader *reader = data;
	uint32_t cells[4];
	bool is_carveout, is_default, overridden;
	char compatible[64] = "";
	struct dh_maybe size = { 0 };
	struct dh_region *region;
	ssize_t length;

	length = read_property(reader, name, "compatible", compatible, sizeof(compatible) - 1);
	if (length <= 0 || strcmp(compatible, "shared-dma-pool"))
		return 0;
	length = read_property(reader, name, "reusable", cells, sizeof(cells));
	is_carveout = length == -ENOENT;
	if (is_carveout ? !dh_inventory_find(reader->inventory, name)
			: length < 0 ||
				  read_property(reader, name, "no-map", cells, sizeof(cells)) >= 0)
		return 0;

	length = read_property(reader, name, "reg", cells, sizeof(cells));
	if (length >= (ssize_t)((reader->address_cells + reader->size_cells) * sizeof(*cells))) {
		size = cells_value(cells + reader->address_cells, reader->size_cells);
	} else {
		length = read_property(reader, name, "size", cells, sizeof(cells));
		if (length == (ssize_t)(reader->size_cells * sizeof(*cells)))
			size = cells_value(cells, reader->size_cells);
	}
	is_default = read_property(reader, name, "linux,cma-default", cells, sizeof(cells)) >= 0;
	overridden = is_default && default_is_overridden(reader);
	if (!is_carveout && !dh_inventory_find_region(reader->inventory, name) &&
	    (reader->listed || overridden))
		return 0;

	region = dh_inventory_add_region(reader->inventory, name);
	if (!region)
		return -ENOMEM;
	region->is_default = is_default && !is_carveout && !overridden;
	region->is_carveout = is_carveout;
	add_figures(region, FROM_DEVICE_TREE, &(struct dh_region){ .size = size });
	reader->n++;
	return 0;
}

static int read_dir(struct reader *reader, const char *dir,
		    int (*visit)(void *data, const char *name))
{
	int ret;

	reader->dir = dir;
	reader->n = 0;
	ret = dh_dir_each(reader->root->sys, dir, visit, reader);
	if (ret)
		dh_note(reader->root->log, "sys/%s: %s", dir, dh_errno_name(-ret));
	else
		dh_note(reader->root->log, "sys/%s: %zu area%s", dir, reader->n,
			reader->n == 1 ? "" : "s");
	return ret;
}

/*
 * Adds the limits of the heaps of dmaheap_sim as regions. Skips removed heaps, because another heap
 * may have the same name. Returns 0 or -ENOMEM.
 */
static int add_sim_heaps(const struct dh_root *root, struct dh_inventory *inventory)
{
	dh_auto(sim_heaps) struct dh_sim_heaps heaps = { 0 };

	if (dh_sim_heaps_read(root, &heaps) == -ENOMEM)
		return -ENOMEM;
	for (size_t i = 0; i < heaps.n; i++) {
		const struct dh_sim_heap *heap = &heaps.each[i];
		struct dh_region *region;

		if (heap->is_removed || !dh_inventory_find(inventory, heap->name) ||
		    !heap->size.known || !heap->used.known || heap->used.value > heap->size.value)
			continue;
		region = dh_inventory_add_region(inventory, heap->name);
		if (!region)
			return -ENOMEM;
		region->is_carveout = true;
		region->is_simulated = true;
		region->size = heap->size;
		region->free = dh_known(heap->size.value - heap->used.value);
		/* Only a carve-out needs contiguous memory: free runs do not limit other heaps. */
		region->largest = heap->is_carveout ? heap->largest : (struct dh_maybe){ 0 };
		region->source = source_names[FROM_DEBUGFS];
	}
	return 0;
}

/*
 * CmaTotal and CmaFree are sums over all areas. This function uses the sums only if a single area
 * is known. If the size of that area is known, it must be CmaTotal. If the size is unknown, the
 * kernel must have listed all areas.
 */
static void fill_from_meminfo(struct dh_inventory *inventory, const struct dh_memory *memory,
			      bool listed)
{
	struct dh_region *only = NULL;

	for (size_t i = 0; i < inventory->n_regions; i++) {
		if (inventory->regions[i].is_carveout)
			continue;
		if (only)
			return;
		only = &inventory->regions[i];
	}
	if (!only || !memory->cma_total.known || !memory->cma_total.value)
		return;
	if (only->size.known ? only->size.value != memory->cma_total.value : !listed)
		return;
	add_figures(only, FROM_MEMINFO,
		    &(struct dh_region){ .size = memory->cma_total, .free = memory->cma_free });
}

int dh_regions_read(const struct dh_root *root, struct dh_inventory *inventory)
{
	static const char device_tree[] = "firmware/devicetree/base/reserved-memory";
	struct dh_memory memory;
	const bool has_memory = !dh_meminfo_read(root, &memory);
	struct reader reader = {
		.root = root,
		.inventory = inventory,
		.page_size = root->page_size.value,
		.prefixed = true,
	};
	int sysfs, debugfs;

	if (!root->page_size.known &&
	    calculate_page_size(root, memory.cma_total, &reader.page_size))
		return -ENOMEM;
	/* Discard the figures of an earlier call. */
	for (size_t i = 0; i < inventory->n_regions; i++) {
		free(inventory->regions[i].debugfs);
		dh_region_map_clear(&inventory->regions[i].map);
		inventory->regions[i] = (struct dh_region){ .name = inventory->regions[i].name };
	}
	sysfs = read_dir(&reader, "kernel/mm/cma", visit_sysfs);
	if (sysfs == -ENOMEM ||
	    dh_dir_each(root->sys, "kernel/debug/cma", check_prefix, &reader) == -ENOMEM)
		return -ENOMEM;
	debugfs = read_dir(&reader, "kernel/debug/cma", visit_debugfs);
	if (debugfs == -ENOMEM)
		return debugfs;
	inventory->debugfs_error = debugfs;

	/* Read the device tree before using meminfo, which is valid only for a single region. */
	reader.listed = !sysfs || !debugfs;
	reader.dir = device_tree;
	reader.address_cells = read_cells(&reader, "#address-cells");
	reader.size_cells = read_cells(&reader, "#size-cells");
	if (read_dir(&reader, device_tree, visit_device_tree) == -ENOMEM)
		return -ENOMEM;

	if (has_memory)
		fill_from_meminfo(inventory, &memory, reader.listed);
	return add_sim_heaps(root, inventory);
}
