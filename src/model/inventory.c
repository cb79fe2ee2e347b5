// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"

#define NODE_DIR "/dev/dma_heap/"

static const char *const kind_names[] = {
	[DH_KIND_UNKNOWN] = "unknown",	   [DH_KIND_SYSTEM] = "system",	    [DH_KIND_CMA] = "cma",
	[DH_KIND_PROTECTED] = "protected", [DH_KIND_CARVEOUT] = "carveout",
};

const char *dh_role_name(enum dh_role role)
{
	static const char *const roles[] = {
		[DH_ROLE_PRIMARY] = "primary", [DH_ROLE_RENDER] = "render",
		[DH_ROLE_ACCEL] = "accel",     [DH_ROLE_CAPTURE] = "capture",
		[DH_ROLE_OUTPUT] = "output",
	};

	return roles[role];
}

const char *dh_kind_name(enum dh_heap_kind kind)
{
	return kind_names[kind];
}

enum dh_heap_kind dh_kind_by_name(const char *name)
{
	for (size_t i = DH_KIND_UNKNOWN + 1; i < ARRAY_SIZE(kind_names); i++)
		if (!strcmp(name, kind_names[i]))
			return (enum dh_heap_kind)i;
	return DH_KIND_UNKNOWN;
}

/*
 * Returns the length of the name without the suffix of a twin. A twin uses the same memory as
 * another heap, but its mappings are uncached.
 */
static size_t twin_length(const char *name)
{
	static const char suffix[] = "-uncached";
	size_t length = strlen(name), cut = strlen(suffix);

	return length > cut && !strcmp(name + length - cut, suffix) ? length - cut : length;
}

/*
 * Returns true if the first `length` bytes of `name` are a name of the default CMA area or of its
 * heap. These names depend on the kernel version.
 */
static bool begins_as_default_cma(const char *name, size_t length)
{
	static const char *const names[] = { "default_cma_region", "linux,cma", "reserved",
					     "default-pool" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && !memcmp(name, names[i], length))
			return true;
	return false;
}

static bool is_default_cma(const char *name)
{
	return begins_as_default_cma(name, strlen(name));
}

/* Returns true if `name` is `base` or the name of its twin. */
static bool has_base(const char *name, const char *base)
{
	size_t length = twin_length(name);

	return !strncmp(name, base, length) && !base[length];
}

/* `pattern` is a name, or a name with '*' at its start or at its end. */
static bool matches(const char *name, size_t length, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return length >= n - 1 && !memcmp(name, pattern, n - 1);
	if (pattern[0] == '*')
		return length >= n - 1 && !memcmp(name + length - (n - 1), pattern + 1, n - 1);
	return length == n && !memcmp(name, pattern, n);
}

bool dh_heap_is_twin(const char *name)
{
	return name[twin_length(name)];
}

enum dh_heap_kind dh_kind_from_name(const char *name, const char **reason)
{
	/*
	 * The first matching pattern applies. The vendor names come from the kernels of Qualcomm,
	 * MediaTek, Samsung, Google, NXP and NVIDIA.
	 */
	static const struct {
		const char *pattern;
		enum dh_heap_kind kind;
		const char *reason;
	} rules[] = {
		{ "system", DH_KIND_SYSTEM, "name of the kernel's system heap" },
		{ "system_cc_shared", DH_KIND_SYSTEM,
		  "name of the kernel's system heap for memory shared with the host" },
		{ "protected", DH_KIND_PROTECTED, "name of a protected heap" },
		{ "protected,*", DH_KIND_PROTECTED, "name of a TEE heap" },
		{ "video-protection-region*", DH_KIND_PROTECTED, "name of Tegra's protected heap" },
		{ "system-secure*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "qcom,secure*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "restricted*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "secure*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "*-secure", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "mtk_svp*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "mtk_prot*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "mtk_wfd*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "mtk_2d_fr*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "mtk_sapu*", DH_KIND_PROTECTED, "vendor-specific name of a protected heap" },
		{ "mtk_system*", DH_KIND_SYSTEM, "vendor-specific name of a system heap" },
		{ "mtk_cma*", DH_KIND_CMA, "vendor-specific name of a CMA heap" },
		{ "mtk_carveout*", DH_KIND_CARVEOUT, "vendor-specific name of a carve-out heap" },
		{ "system-*", DH_KIND_SYSTEM, "vendor-specific name of a system heap" },
		{ "qcom,system", DH_KIND_SYSTEM, "vendor-specific name of a system heap" },
		{ "mtk_mm", DH_KIND_SYSTEM, "vendor-specific name of a system heap" },
		{ "cma", DH_KIND_CMA, "vendor-specific name of a CMA heap" },
		{ "cma-*", DH_KIND_CMA, "vendor-specific name of a CMA heap" },
		{ "carveout*", DH_KIND_CARVEOUT, "name of a carve-out heap" },
	};
	size_t length = twin_length(name);

	if (begins_as_default_cma(name, length)) {
		*reason = "name of the kernel's default CMA heap";
		return DH_KIND_CMA;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (matches(name, length, rules[i].pattern)) {
			*reason = rules[i].reason;
			return rules[i].kind;
		}
	}
	*reason = NULL;
	return DH_KIND_UNKNOWN;
}

bool dh_exporter_is_shared(const char *exporter, enum dh_heap_kind kind)
{
	static const struct {
		const char *exporter;
		unsigned int kinds;
	} shared[] = {
		/* TEE heaps export buffers under the name of a kernel module. */
		{ "tee", 1 << DH_KIND_PROTECTED },
		{ "optee", 1 << DH_KIND_PROTECTED },
		/*
		 * Up to Linux 5.10, the kernel's own heaps use the name heap_helpers. A few later
		 * versions use the name of the heap's module.
		 */
		{ "heap_helpers", 1 << DH_KIND_SYSTEM | 1 << DH_KIND_CMA | 1 << DH_KIND_UNKNOWN },
		{ "system_heap", 1 << DH_KIND_SYSTEM },
		{ "cma_heap", 1 << DH_KIND_CMA | 1 << DH_KIND_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (!strcmp(exporter, shared[i].exporter))
			return shared[i].kinds & 1U << kind;
	return false;
}

/* Returns true if a list of `n` records may grow. Otherwise marks the inventory as full. */
static bool has_room(struct dh_inventory *inventory, size_t n)
{
	inventory->full = inventory->full || n == DH_INVENTORY_MAX;
	return !inventory->full;
}

/* Returns the index of the heap, or the index at which it must be inserted to keep the order. */
static size_t heap_position(const struct dh_inventory *inventory, const char *name, bool *found)
{
	size_t low = 0, high = inventory->n_heaps;

	*found = false;
	while (low < high && !*found) {
		size_t middle = low + (high - low) / 2;
		int order = dh_text_compare(inventory->heaps[middle].name, name);

		*found = !order;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return high;
}

struct dh_heap *dh_inventory_add_heap(struct dh_inventory *inventory, const char *name)
{
	dh_auto(free) char *copy = NULL;
	dh_auto(free) char *node = NULL;
	struct dh_heap *heap;
	bool found;
	size_t i = heap_position(inventory, name, &found);

	if (found)
		return &inventory->heaps[i];

	/* Do not use vasprintf(): it would dominate the CPU time of `list`. */
	node = malloc(sizeof(NODE_DIR) + strlen(name));
	if (!node || !has_room(inventory, inventory->n_heaps) || dh_text_copy(&copy, name) ||
	    !dh_array_add(&inventory->heaps, &inventory->n_heaps))
		return NULL;
	stpcpy(stpcpy(node, NODE_DIR), name);
	heap = &inventory->heaps[i];
	memmove(heap + 1, heap, (inventory->n_heaps - 1 - i) * sizeof(*heap));
	*heap = (struct dh_heap){ .name = dh_steal_ptr(copy),
				  .node = dh_steal_ptr(node),
				  .region = -1 };
	return heap;
}

struct dh_region *dh_inventory_find_region(const struct dh_inventory *inventory, const char *name)
{
	for (size_t i = 0; i < inventory->n_regions; i++)
		if (!strcmp(inventory->regions[i].name, name))
			return &inventory->regions[i];
	return NULL;
}

struct dh_region *dh_inventory_add_region(struct dh_inventory *inventory, const char *name)
{
	struct dh_region *region = dh_inventory_find_region(inventory, name);
	dh_auto(free) char *copy = NULL;

	if (region)
		return region;
	if (!has_room(inventory, inventory->n_regions) || dh_text_copy(&copy, name))
		return NULL;
	region = dh_array_add(&inventory->regions, &inventory->n_regions);
	if (region)
		region->name = dh_steal_ptr(copy);
	return region;
}

struct dh_device *dh_inventory_add_device(struct dh_inventory *inventory, const char *node,
					  enum dh_role role)
{
	struct dh_device *device;
	dh_auto(free) char *copy = NULL;

	for (size_t i = 0; i < inventory->n_devices; i++)
		if (inventory->devices[i].role == role && !strcmp(inventory->devices[i].node, node))
			return &inventory->devices[i];

	if (!has_room(inventory, inventory->n_devices) || dh_text_copy(&copy, node))
		return NULL;
	device = dh_array_add(&inventory->devices, &inventory->n_devices);
	if (device) {
		device->node = dh_steal_ptr(copy);
		device->role = role;
	}
	return device;
}

void dh_inventory_clear(struct dh_inventory *inventory)
{
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		struct dh_heap *heap = &inventory->heaps[i];

		free(heap->name);
		free(heap->node);
		free(heap->permission.acl);
		free(heap->owner);
		free(heap->group);
		free(heap->report);
	}
	for (size_t i = 0; i < inventory->n_regions; i++) {
		free(inventory->regions[i].name);
		free(inventory->regions[i].debugfs);
		dh_region_map_clear(&inventory->regions[i].map);
	}
	for (size_t i = 0; i < inventory->n_devices; i++) {
		free(inventory->devices[i].node);
		free(inventory->devices[i].driver);
		free(inventory->devices[i].parent);
		free(inventory->devices[i].id);
	}
	free(inventory->heaps);
	free(inventory->regions);
	free(inventory->devices);
	*inventory = (struct dh_inventory){ 0 };
}

const struct dh_heap *dh_inventory_find(const struct dh_inventory *inventory, const char *name)
{
	bool found;
	size_t i = heap_position(inventory, name, &found);

	return found ? &inventory->heaps[i] : NULL;
}

const struct dh_region *dh_heap_region(const struct dh_inventory *inventory,
				       const struct dh_heap *heap)
{
	return heap->region < 0 ? NULL : &inventory->regions[heap->region];
}

const struct dh_region *dh_heap_cma_region(const struct dh_inventory *inventory,
					   const struct dh_heap *heap)
{
	const struct dh_region *region = dh_heap_region(inventory, heap);

	return region && !region->is_carveout ? region : NULL;
}

/*
 * Returns the index of the heap's region, or -1. A heap and its region usually have the same name.
 * The twin of a heap uses the region of that heap. The names of the default CMA area and of its
 * heap depend on the kernel version. For a default CMA heap without a region of the same name,
 * returns the index of the default region: the region that the device tree marks, or else a region
 * with another default name.
 */
static ssize_t find_region(const struct dh_inventory *inventory, const struct dh_heap *heap)
{
	ssize_t twin = -1, other = -1;

	for (size_t i = 0; i < inventory->n_regions; i++) {
		const char *name = inventory->regions[i].name;

		if (!strcmp(name, heap->name))
			return (ssize_t)i;
		if (has_base(heap->name, name))
			twin = (ssize_t)i;
		if (inventory->regions[i].is_default ||
		    (is_default_cma(name) && (other < 0 || !inventory->regions[other].is_default)))
			other = (ssize_t)i;
	}
	return twin < 0 && is_default_cma(heap->name) ? other : twin;
}

struct dh_maybe dh_region_used(const struct dh_region *region)
{
	return dh_minus(region->size, region->free);
}

bool dh_heaps_share_region(const struct dh_heap *a, const struct dh_heap *b)
{
	if (a->region >= 0 && b->region >= 0)
		return a->region == b->region;
	return (is_default_cma(a->name) && is_default_cma(b->name)) || has_base(a->name, b->name) ||
	       has_base(b->name, a->name);
}

static const char *find_problem(const struct dh_inventory *inventory, const struct dh_heap *heap)
{
	bool registered = heap->seen & (DH_SEEN_UDEV | DH_SEEN_SYSFS);

	if (!registered && heap->has_node_facts && S_ISLNK(heap->permission.mode))
		return "the node is a symlink, which dmaheapctl does not follow";
	if (!registered && !inventory->class_error)
		return "the node belongs to no registered heap";
	if (!registered && inventory->class_error == -ENOENT)
		return "the node exists, but /sys/class/dma_heap does not";
	if (!registered)
		return "registration unknown: sysfs is not readable";
	if (heap->node_error)
		return "registered, but the node is not accessible";
	if (!(heap->seen & DH_SEEN_NODE))
		return inventory->node_dir_error && inventory->node_dir_error != -ENOENT
			       ? "registered, but /dev/dma_heap is not readable"
			       : "registered, but the node is missing";
	if (heap->has_node_facts && !S_ISCHR(heap->permission.mode))
		return "the node is not a character device";
	if (heap->has_node_facts && heap->has_dev && heap->node_dev != heap->dev)
		return "the device number of the node differs from the registered one";
	if (inventory->udev_enumerated && !(heap->seen & DH_SEEN_UDEV))
		return "in sysfs, but not yet initialised by udev";
	if (inventory->udev_enumerated && !(heap->seen & DH_SEEN_SYSFS))
		return "known to udev, but not in sysfs";
	return NULL;
}

static int by_node_and_role(const void *a, const void *b)
{
	const struct dh_device *left = a, *right = b;
	int order = dh_text_compare(left->node, right->node);

	return order ? order : (int)left->role - (int)right->role;
}

void dh_inventory_infer(struct dh_inventory *inventory)
{
	dh_array_sort(inventory->devices, inventory->n_devices, by_node_and_role);
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		struct dh_heap *heap = &inventory->heaps[i];
		const struct dh_region *region;

		heap->region = find_region(inventory, heap);
		region = dh_heap_region(inventory, heap);
		heap->kind = dh_kind_from_name(heap->name, &heap->kind_reason);
		if (heap->kind == DH_KIND_UNKNOWN && region && !region->is_simulated) {
			heap->kind = region->is_carveout ? DH_KIND_CARVEOUT : DH_KIND_CMA;
			heap->kind_reason =
				region->is_carveout
					? "a non-reusable reserved-memory node has the same name"
					: "a CMA region has the same name";
		}
		heap->problem = find_problem(inventory, heap);
	}

	for (size_t i = 0; i < inventory->n_heaps; i++) {
		struct dh_heap *heap = &inventory->heaps[i];

		/* A heap without a region can have an alias only if it is a default CMA heap. */
		if (heap->region < 0 && !is_default_cma(heap->name))
			continue;
		for (size_t j = 0; j < inventory->n_heaps && !heap->alias; j++)
			if (i != j && dh_heaps_share_region(heap, &inventory->heaps[j]))
				heap->alias = inventory->heaps[j].name;
	}
}
