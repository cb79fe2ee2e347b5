// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/* Of two nodes over one region, is `a` the one to take? The newest kernels' name is. */
static bool preferred(const struct dh_heap *a, const struct dh_heap *b)
{
	return !strcmp(a->name, "default_cma_region") || strcmp(b->name, "default_cma_region");
}

/* Puts `heap` among the candidates, or in the place of another node over its region. */
static void add_candidate(const struct dh_heap **list, size_t *n, const struct dh_heap *heap)
{
	for (size_t i = 0; i < *n; i++) {
		if (!dh_heaps_share_region(heap, list[i]))
			continue;
		if (!preferred(list[i], heap))
			list[i] = heap;
		return;
	}
	list[(*n)++] = heap;
}

bool dh_heap_answers_to(const struct dh_inventory *inventory, const struct dh_heap *heap,
			const char *what)
{
	enum dh_heap_kind kind = dh_kind_by_name(what);

	if (!strcmp(heap->name, what))
		return true;
	return kind != DH_KIND_UNKNOWN && heap->kind == kind && !dh_inventory_find(inventory, what);
}

int dh_select_heap(const struct dh_inventory *inventory, const char *what,
		   const struct dh_heap **heap, bool *by_class, const struct dh_heap ***candidates,
		   size_t *n)
{
	enum dh_heap_kind kind = dh_kind_by_name(what);
	dh_auto(free) const struct dh_heap **list = NULL;

	*candidates = NULL;
	*n = 0;
	*heap = dh_inventory_find(inventory, what);
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
	if (*n == 1) {
		*heap = list[0];
		return 0;
	}
	*candidates = dh_steal_ptr(list);
	return -ENOTUNIQ;
}

/* Is this a render node whose device has a primary one too? */
static bool has_primary(const struct dh_inventory *inventory, const struct dh_drm_node *node)
{
	if (node->type == DH_DRM_PRIMARY || !node->parent)
		return false;
	for (size_t i = 0; i < inventory->n_drm_nodes; i++) {
		const struct dh_drm_node *other = &inventory->drm_nodes[i];

		if (other->type == DH_DRM_PRIMARY && other->parent &&
		    !strcmp(other->parent, node->parent))
			return true;
	}
	return false;
}

static bool fits(const struct dh_inventory *inventory, const struct dh_drm_node *node,
		 const char *what)
{
	if (!what)
		return !has_primary(inventory, node);
	if (!strcmp(what, "primary"))
		return node->type == DH_DRM_PRIMARY;
	if (!strcmp(what, "render"))
		return node->type == DH_DRM_RENDER;
	if (!strncmp(what, "driver:", 7))
		return node->driver && !strcmp(node->driver, what + 7);
	return !strcmp(node->node, what);
}

static bool is_selector(const char *what)
{
	return !what || what[0] == '/' || !strcmp(what, "primary") || !strcmp(what, "render") ||
	       (!strncmp(what, "driver:", 7) && what[7]);
}

int dh_select_drm_nodes(const struct dh_inventory *inventory, const char *what,
			const struct dh_drm_node ***nodes, size_t *n)
{
	dh_auto(free) const struct dh_drm_node **list = NULL;

	*nodes = NULL;
	*n = 0;
	if (!is_selector(what))
		return -EINVAL;

	list = calloc(inventory->n_drm_nodes + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < inventory->n_drm_nodes; i++)
		if (fits(inventory, &inventory->drm_nodes[i], what))
			list[(*n)++] = &inventory->drm_nodes[i];
	if (!*n)
		return -ENOENT;
	*nodes = dh_steal_ptr(list);
	return 0;
}
