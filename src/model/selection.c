// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/selection.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#define CMA_LARGEST "cma:largest"

/* Returns true if a class selects `a` rather than `b`, which uses the same memory. */
static bool is_preferred(const struct dh_heap *a, const struct dh_heap *b)
{
	if (dh_heap_is_twin(a->name) != dh_heap_is_twin(b->name))
		return dh_heap_is_twin(b->name);
	/* Prefer default_cma_region, the name in the newest kernels. */
	return !strcmp(a->name, "default_cma_region") || strcmp(b->name, "default_cma_region");
}

/*
 * Adds a heap to the list. If several heaps use the same memory, the list keeps only the preferred
 * heap.
 */
static void add_candidate(const struct dh_heap **list, size_t *n, const struct dh_heap *heap)
{
	for (size_t i = 0; i < *n; i++) {
		if (!dh_heaps_share_region(heap, list[i]))
			continue;
		if (!is_preferred(list[i], heap))
			list[i] = heap;
		return;
	}
	list[(*n)++] = heap;
}

bool dh_heap_matches(const struct dh_inventory *inventory, const char *heap, const char *selector)
{
	enum dh_heap_kind kind = dh_kind_by_name(selector);
	const struct dh_heap *known;
	const char *reason;

	if (!strcmp(heap, selector))
		return true;
	/* A heap can be named "*": the name of a heap is never a pattern. */
	if (strpbrk(selector, "*?[") && !dh_inventory_find(inventory, selector))
		return !fnmatch(selector, heap, 0);
	if (kind == DH_KIND_UNKNOWN)
		return false;
	known = dh_inventory_find(inventory, heap);
	return (known ? known->kind : dh_kind_from_name(heap, &reason)) == kind;
}

bool dh_heap_matches_any(const struct dh_inventory *inventory, const char *heap,
			 const char *const *selectors, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (heap && dh_heap_matches(inventory, heap, selectors[i]))
			return true;
	return !n;
}

/*
 * Returns the default heap of a class, or NULL. Before Linux 6.17, the default CMA heap has the
 * name of the area's node in the device tree, which can be any name, so check the region first.
 * `names` contains the names in mainline kernels.
 */
static const struct dh_heap *find_default(const struct dh_inventory *inventory,
					  const struct dh_heap *const *list, size_t n)
{
	static const char *const names[] = { "default_cma_region", "linux,cma", "reserved",
					     "default-pool", "protected,secure-video" };

	for (size_t i = 0; i < n; i++) {
		const struct dh_region *region = dh_heap_region(inventory, list[i]);

		if (region && region->is_default)
			return list[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t j = 0; j < n; j++)
			if (!strcmp(list[j]->name, names[i]))
				return list[j];
	return NULL;
}

/*
 * Sets `*heap` to the heap with the longest free run. Returns 0, or -ENODATA if the longest free
 * run of any heap is unknown.
 */
static int find_largest(const struct dh_inventory *inventory, const struct dh_heap *const *list,
			size_t n, const struct dh_heap **heap)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < n; i++) {
		const struct dh_region *region = dh_heap_region(inventory, list[i]);

		if (!region || !region->largest.known)
			return -ENODATA;
		if (i && region->largest.value <= longest)
			continue;
		longest = region->largest.value;
		*heap = list[i];
	}
	return 0;
}

enum dh_heap_kind dh_class_by_name(const char *selector)
{
	return dh_kind_by_name(!strcmp(selector, CMA_LARGEST) ? "cma" : selector);
}

int dh_select_heap(const struct dh_inventory *inventory, const char *selector,
		   const struct dh_heap **heap, bool *by_class, const struct dh_heap ***candidates,
		   size_t *n)
{
	enum dh_heap_kind kind = dh_class_by_name(selector);
	dh_auto(free) const struct dh_heap **list = NULL;
	int ret = 0;

	*candidates = NULL;
	*n = 0;
	*heap = dh_inventory_find(inventory, selector);
	*by_class = !*heap;
	if (*heap)
		return 0;
	if (kind == DH_KIND_UNKNOWN)
		return -ENOENT;

	list = calloc(inventory->n_heaps + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < inventory->n_heaps; i++)
		if (inventory->heaps[i].kind == kind)
			add_candidate(list, n, &inventory->heaps[i]);

	if (!*n)
		return -ENOENT;
	if (*n == 1)
		*heap = list[0];
	else if (!strcmp(selector, CMA_LARGEST))
		ret = find_largest(inventory, list, *n, heap);
	else
		*heap = find_default(inventory, list, *n);
	if (*heap)
		return 0;
	*candidates = dh_steal_ptr(list);
	return ret ? ret : -ENOTUNIQ;
}

/* Returns true for a render node whose device also has a primary node. */
static bool has_primary(const struct dh_inventory *inventory, const struct dh_device *node)
{
	if (node->role != DH_ROLE_RENDER || !node->parent)
		return false;
	for (size_t i = 0; i < inventory->n_devices; i++) {
		const struct dh_device *other = &inventory->devices[i];

		if (other->role == DH_ROLE_PRIMARY && other->parent &&
		    !strcmp(other->parent, node->parent))
			return true;
	}
	return false;
}

static bool is_role(const char *selector)
{
	for (enum dh_role role = DH_ROLE_PRIMARY; role <= DH_ROLE_OUTPUT; role++)
		if (!strcmp(selector, dh_role_name(role)))
			return true;
	return false;
}

static bool node_matches(const struct dh_inventory *inventory, const struct dh_device *node,
			 const char *selector)
{
	if (!selector)
		return !dh_role_is_v4l2(node->role) && !has_primary(inventory, node);
	if (is_role(selector))
		return !strcmp(dh_role_name(node->role), selector);
	if (!strncmp(selector, "driver:", 7))
		return node->driver && !strcmp(node->driver, selector + 7);
	return !strcmp(node->node, selector) || (node->id && !strcmp(node->id, selector));
}

static bool is_node_selector(const char *text)
{
	return !text || text[0] == '/' || is_role(text) ||
	       (!strncmp(text, "driver:", 7) ? text[7] : strchr(text, ':') != strrchr(text, ':'));
}

int dh_select_devices(const struct dh_inventory *inventory, const char *selector,
		      const struct dh_device ***nodes, size_t *n)
{
	dh_auto(free) const struct dh_device **list = NULL;

	*nodes = NULL;
	*n = 0;
	if (!is_node_selector(selector))
		return -EINVAL;

	list = calloc(inventory->n_devices + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < inventory->n_devices; i++)
		if (node_matches(inventory, &inventory->devices[i], selector))
			list[(*n)++] = &inventory->devices[i];
	if (!*n)
		return -ENOENT;
	*nodes = dh_steal_ptr(list);
	return 0;
}

int dh_select_attached(const struct dh_inventory *inventory, const char *selector,
		       const char ***names, size_t *n)
{
	dh_auto(free) const struct dh_device **nodes = NULL;
	size_t n_nodes;
	/*
	 * A selector that matches no node can be the name of another device, so ignore all errors
	 * except -ENOMEM.
	 */
	int ret = dh_select_devices(inventory, selector, &nodes, &n_nodes);
	const char **list = ret == -ENOMEM ? NULL : calloc(n_nodes + 1, sizeof(*list));

	*names = list;
	*n = 0;
	if (!list)
		return -ENOMEM;
	list[(*n)++] = selector;
	for (size_t i = 0; i < n_nodes; i++)
		if (nodes[i]->parent)
			list[(*n)++] = strrchr(nodes[i]->parent, '/') + 1;
	return 0;
}
