/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the name that the user typed to the heaps that are meant.
 */
#ifndef DH_MODEL_HEAP_SELECTION_H
#define DH_MODEL_HEAP_SELECTION_H

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
 * Is the heap of this name meant by `what`: by its very name, or, where no heap of the inventory
 * has that name, by its class? A heap that is not in the inventory is of the class that its name
 * tells.
 */
bool dh_heap_matches(const struct dh_inventory *inventory, const char *heap, const char *what);

/* Is it meant by one of these? All are where there are none; `heap` NULL is no heap's name. */
bool dh_heap_matches_any(const struct dh_inventory *inventory, const char *heap,
			 const char *const *what, size_t n);

#endif
