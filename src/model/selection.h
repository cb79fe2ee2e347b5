/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what the user typed to what is meant.
 */
#ifndef DH_MODEL_SELECTION_H
#define DH_MODEL_SELECTION_H

#include "model/inventory.h"

/*
 * A heap by its very name, or else by its class (system, cma, protected, carveout).
 * Two nodes over one region count as one, and the newer name is taken.
 *
 * 0 and `*heap`; -ENOENT where there is none; -ENOTUNIQ where a class has several, and
 * then `*candidates` is an array of `*n` pointers into the inventory, which the caller
 * frees; -ENOMEM. `by_class` tells which way it was found.
 */
int dh_select_heap(const struct dh_inventory *inventory, const char *what,
		   const struct dh_heap **heap, bool *by_class, const struct dh_heap ***candidates,
		   size_t *n);

/*
 * Is this heap of the inventory meant by `what`: by its very name, or, where no heap has
 * that name, by its class?
 */
bool dh_heap_answers_to(const struct dh_inventory *inventory, const struct dh_heap *heap,
			const char *what);

/*
 * DRM nodes: a node's path, "driver:NAME", "render", "primary", or NULL for all.
 * With NULL, a device that has both nodes is taken by its primary one alone.
 *
 * 0 and an array of pointers into the inventory, which the caller frees; -ENOENT
 * where nothing fits; -EINVAL for a selector of no known form; -ENOMEM.
 */
int dh_select_drm_nodes(const struct dh_inventory *inventory, const char *what,
			const struct dh_drm_node ***nodes, size_t *n);

#endif
