// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/heap-selection.h"

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

bool dh_heap_matches(const struct dh_inventory *inventory, const char *heap, const char *what)
{
	enum dh_heap_kind kind = dh_kind_by_name(what);
	const struct dh_heap *known;
	const char *reason;

	if (!strcmp(heap, what))
		return true;
	if (kind == DH_KIND_UNKNOWN || dh_inventory_find(inventory, what))
		return false;
	known = dh_inventory_find(inventory, heap);
	return (known ? known->kind : dh_kind_from_name(heap, &reason)) == kind;
}

bool dh_heap_matches_any(const struct dh_inventory *inventory, const char *heap,
			 const char *const *what, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (heap && dh_heap_matches(inventory, heap, what[i]))
			return true;
	return !n;
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
