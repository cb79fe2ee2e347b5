// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/regions.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/meminfo.h"

/* Where figures came from, as bits, since one region may have several sources. */
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

/* Of any architecture that Linux runs on. */
#define PAGE_SIZE_MIN 4096
#define PAGE_SIZE_MAX ((uint64_t)256 << 10)

struct visit {
	const struct dh_root *root;
	struct dh_inventory *inventory;
	const char *folder;
	uint64_t page_size; /* bytes; 0 where it is unknown */
	size_t n;
	size_t n_prefixed;   /* debugfs: folders named "cma-..." */
	bool prefixed;	     /* debugfs: all of them are */
	bool listed;	     /* the kernel named its areas: there are no others */
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

/* The first source that knows keeps the word. Returns whether this one told anything new. */
static bool set_known(struct dh_maybe *figure, struct dh_maybe value)
{
	if (figure->known || !value.known)
		return false;
	*figure = value;
	return true;
}

static struct dh_maybe read_number(const struct visit *visit, const char *name, const char *file,
				   uint64_t unit)
{
	char path[PATH_MAX];
	uint64_t value;
	int ret;

	if (!unit)
		return (struct dh_maybe){ 0 };
	snprintf(path, sizeof(path), "%s/%s/%s", visit->folder, name, file);
	ret = dh_file_read_u64(visit->root->sys, path, &value);
	if (!ret && value <= UINT64_MAX / unit)
		return dh_known(value * unit);
	if (ret != -ENOENT)
		dh_note(visit->root->log, "sys/%s: %s", path, dh_errno_name(ret ? -ret : ERANGE));
	return (struct dh_maybe){ 0 };
}

struct sum {
	const struct dh_root *root;
	const char *folder, *file;
	uint64_t pages;
};

static int add_pages(void *data, const char *name)
{
	struct sum *sum = data;
	char path[PATH_MAX];
	uint64_t value;
	int ret;

	snprintf(path, sizeof(path), "%s/%s/%s", sum->folder, name, sum->file);
	ret = dh_file_read_u64(sum->root->sys, path, &value);
	if (!ret && __builtin_add_overflow(sum->pages, value, &sum->pages))
		ret = -ERANGE;
	return ret;
}

/*
 * The page size of the machine that was recorded: all areas together are CmaTotal. 0: unknown.
 * Returns 0 or -ENOMEM.
 */
static int recorded_page_size(const struct dh_root *root, struct dh_maybe total,
			      uint64_t *page_size)
{
	struct sum sums[] = {
		{ root, "kernel/mm/cma", "total_pages", 0 },
		{ root, "kernel/debug/cma", "count", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sums) && total.known; i++) {
		struct sum *sum = &sums[i];
		int ret = dh_dir_each(root->sys, sum->folder, add_pages, sum);
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
	dh_note(root->log, "page size of the recorded machine: unknown");
	return 0;
}

/* mm/cma_sysfs.c; total_pages and available_pages came later than the counters. */
static int visit_sysfs(void *data, const char *name)
{
	struct visit *visit = data;
	struct dh_region *region = dh_inventory_add_region(visit->inventory, name);
	bool news;

	if (!region)
		return -ENOMEM;
	news = set_known(&region->size, read_number(visit, name, "total_pages", visit->page_size));
	news |= set_known(&region->free,
			  read_number(visit, name, "available_pages", visit->page_size));
	news |= set_known(&region->failures, read_number(visit, name, "alloc_pages_fail", 1));
	if (news)
		add_source(region, FROM_SYSFS);
	visit->n++;
	return 0;
}

static int count_prefixed(void *data, const char *name)
{
	struct visit *visit = data;

	visit->n++;
	visit->n_prefixed += !strncmp(name, "cma-", 4);
	return 0;
}

static bool region_known(const struct dh_inventory *inventory, const char *name)
{
	for (size_t i = 0; i < inventory->n_regions; i++)
		if (!strcmp(inventory->regions[i].name, name))
			return true;
	return false;
}

/*
 * The area that a folder of debugfs stands for. Older kernels name it "cma-" and the
 * area's name, cut to 15 characters altogether, so a name that was cut is looked up among
 * the areas that are known, or else among the heaps.
 */
static const char *debugfs_area(const struct visit *visit, const char *folder)
{
	const struct dh_inventory *inventory = visit->inventory;
	const char *match = NULL, *start;
	size_t n = strlen(folder), n_names;

	if (!visit->prefixed || n > 15 || region_known(inventory, folder))
		return folder;
	start = folder + strlen("cma-");
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

/* mm/cma_debug.c; all figures are pages. */
static int visit_debugfs(void *data, const char *folder)
{
	struct visit *visit = data;
	const char *name = debugfs_area(visit, folder);
	struct dh_region *region = dh_inventory_add_region(visit->inventory, name);
	struct dh_maybe size, used, unused = { 0 };
	bool news;

	if (!region)
		return -ENOMEM;
	size = read_number(visit, folder, "count", visit->page_size);
	used = read_number(visit, folder, "used", visit->page_size);
	if (size.known && used.known && used.value <= size.value)
		unused = dh_known(size.value - used.value);
	news = set_known(&region->size, size);
	news |= set_known(&region->free, unused);
	news |= set_known(&region->largest,
			  read_number(visit, folder, "maxchunk", visit->page_size));
	if (news)
		add_source(region, FROM_DEBUGFS);
	visit->n++;
	return 0;
}

/* A property is bytes, of which a last one that looks like a newline is a value, too. */
static ssize_t read_property(const struct visit *visit, const char *name, const char *property,
			     void *bytes, size_t size)
{
	dh_auto(fd) int fd = -1;
	char path[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s/%s", visit->folder, name, property);
	fd = dh_file_open(visit->root->sys, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fd;
	length = read(fd, bytes, size);
	return length < 0 ? -errno : length;
}

static uint32_t read_cells(const struct visit *visit, const char *property, uint32_t fallback)
{
	uint32_t cells;

	if (read_property(visit, ".", property, &cells, sizeof(cells)) != sizeof(cells))
		return fallback;
	cells = be32toh(cells);
	return cells >= 1 && cells <= 2 ? cells : fallback;
}

static struct dh_maybe cells_value(const uint32_t *cells, uint32_t n)
{
	uint64_t value = be32toh(cells[0]);

	if (n == 2)
		value = value << 32 | be32toh(cells[1]);
	return dh_known(value);
}

/* "cma=" on the command line takes the place of the default area of the device tree. */
static bool default_is_overruled(const struct visit *visit)
{
	char text[4096 + 1] = " ";

	return dh_file_read(visit->root->proc, "cmdline", text + 1, sizeof(text) - 1) > 0 &&
	       strstr(text, " cma=");
}

/*
 * A node that the kernel makes a CMA area of, named after it: a "shared-dma-pool" that is
 * reusable and mapped (rmem_cma_setup() in kernel/dma/contiguous.c). Others are no memory
 * that a heap of that name would share.
 */
static int visit_device_tree(void *data, const char *name)
{
	struct visit *visit = data;
	uint32_t cells[4];
	char compatible[64] = "";
	struct dh_maybe size = { 0 };
	struct dh_region *region;
	ssize_t length;

	length = read_property(visit, name, "compatible", compatible, sizeof(compatible) - 1);
	if (length <= 0 || strcmp(compatible, "shared-dma-pool") ||
	    read_property(visit, name, "reusable", cells, sizeof(cells)) < 0 ||
	    read_property(visit, name, "no-map", cells, sizeof(cells)) >= 0)
		return 0;

	length = read_property(visit, name, "reg", cells, sizeof(cells));
	if (length >= (ssize_t)((visit->address_cells + visit->size_cells) * sizeof(*cells))) {
		size = cells_value(cells + visit->address_cells, visit->size_cells);
	} else {
		length = read_property(visit, name, "size", cells, sizeof(cells));
		if (length == (ssize_t)(visit->size_cells * sizeof(*cells)))
			size = cells_value(cells, visit->size_cells);
	}
	if (!region_known(visit->inventory, name) &&
	    (visit->listed ||
	     (read_property(visit, name, "linux,cma-default", cells, sizeof(cells)) >= 0 &&
	      default_is_overruled(visit))))
		return 0;

	region = dh_inventory_add_region(visit->inventory, name);
	if (!region)
		return -ENOMEM;
	if (set_known(&region->size, size))
		add_source(region, FROM_DEVICE_TREE);
	visit->n++;
	return 0;
}

static int visit_folder(struct visit *visit, const char *folder,
			int (*each)(void *data, const char *name))
{
	visit->folder = folder;
	visit->n = 0;
	return dh_dir_each(visit->root->sys, folder, each, visit);
}

static void note_folder(const struct visit *visit, int ret)
{
	if (ret)
		dh_note(visit->root->log, "sys/%s: %s", visit->folder, dh_errno_name(-ret));
	else
		dh_note(visit->root->log, "sys/%s: %zu areas", visit->folder, visit->n);
}

/*
 * The totals of meminfo are those of all areas. They describe the one region that is known
 * where the kernel listed its areas and that is all of them, or where its size is the total.
 */
static void fill_from_meminfo(struct dh_inventory *inventory, const struct dh_memory *memory,
			      bool listed)
{
	struct dh_region *only = inventory->regions;
	bool news;

	if (inventory->n_regions != 1 || !memory->cma_total.known || !memory->cma_total.value)
		return;
	if (only->size.known ? only->size.value != memory->cma_total.value : !listed)
		return;
	news = set_known(&only->size, memory->cma_total);
	news |= set_known(&only->free, memory->cma_free);
	if (news)
		add_source(only, FROM_MEMINFO);
}

int dh_regions_read(const struct dh_root *root, struct dh_inventory *inventory)
{
	struct dh_memory memory;
	const bool has_memory = !dh_meminfo_read(root, &memory);
	struct visit visit = {
		.root = root,
		.inventory = inventory,
		.page_size = root->live ? (uint64_t)sysconf(_SC_PAGESIZE) : 0,
	};
	int sysfs, debugfs, tree;

	if (!root->live && recorded_page_size(root, memory.cma_total, &visit.page_size))
		return -ENOMEM;
	/* Figures of a former read are not those of now. */
	for (size_t i = 0; i < inventory->n_regions; i++)
		inventory->regions[i] = (struct dh_region){ .name = inventory->regions[i].name };
	sysfs = visit_folder(&visit, "kernel/mm/cma", visit_sysfs);
	note_folder(&visit, sysfs);
	if (sysfs == -ENOMEM)
		return sysfs;

	debugfs = visit_folder(&visit, "kernel/debug/cma", count_prefixed);
	visit.prefixed = visit.n && visit.n == visit.n_prefixed;
	if (!debugfs)
		debugfs = visit_folder(&visit, "kernel/debug/cma", visit_debugfs);
	note_folder(&visit, debugfs);
	if (debugfs == -ENOMEM)
		return debugfs;

	/* Before the totals, which may only go to a region that is the only one. */
	visit.listed = !sysfs || !debugfs;
	visit.folder = "firmware/devicetree/base/reserved-memory";
	visit.address_cells = read_cells(&visit, "#address-cells", 2);
	visit.size_cells = read_cells(&visit, "#size-cells", 2);
	tree = visit_folder(&visit, visit.folder, visit_device_tree);
	note_folder(&visit, tree);
	if (tree == -ENOMEM)
		return tree;

	if (has_memory)
		fill_from_meminfo(inventory, &memory, visit.listed);
	return 0;
}
