/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Selects heaps by name or class, and devices by path, ID, driver or role.
 */
#ifndef DH_MODEL_SELECTION_H
#define DH_MODEL_SELECTION_H

#include "model/inventory.h"

/*
 * Returns the kind of the heaps in a class. `selector` is "system", "cma", "protected", "carveout",
 * or "cma:largest" (the CMA heap with the longest free run). Returns DH_KIND_UNKNOWN for any other
 * text.
 */
enum dh_heap_kind dh_class_by_name(const char *selector);

/*
 * Selects a heap by its name, or else by a class. If two heaps of a class use the same memory,
 * ignores the uncached twin, or else the heap with the older name. If several heaps of the class
 * remain, selects the default of the class: the kernel's default CMA heap (according to the device
 * tree, or else its name), or "protected,secure-video". For "cma:largest", selects the heap with
 * the longest free run instead.
 *
 * Returns 0 and sets `*heap`. Sets `*by_class` to true if `selector` is not the name of a heap.
 * Returns -ENOENT if no heap matches, -ENOTUNIQ if a class has several heaps and no default, or
 * -ENOMEM. Returns -ENODATA if "cma:largest" matches several heaps and the longest free run of one
 * of them is unknown. With -ENOTUNIQ and -ENODATA, `*candidates` is an array of `*n` pointers into
 * the inventory. The caller frees the array.
 */
int dh_select_heap(const struct dh_inventory *inventory, const char *selector,
		   const struct dh_heap **heap, bool *by_class, const struct dh_heap ***candidates,
		   size_t *n);

/*
 * Returns true if `selector` is the name of the heap or its class (not "cma:largest"), or a shell
 * pattern that matches the name. A selector that is the name of a heap is not a pattern. The class
 * of a heap outside the inventory follows from its name.
 */
bool dh_heap_matches(const struct dh_inventory *inventory, const char *heap, const char *selector);

/* Returns true if any selector matches, or if `n` is 0. A NULL `heap` matches no selector. */
bool dh_heap_matches_any(const struct dh_inventory *inventory, const char *heap,
			 const char *const *selectors, size_t n);

/*
 * Selects devices by path, by ID, by "driver:NAME", or by role: "render", "primary", "accel",
 * "capture" or "output". NULL selects the DRM nodes except the render nodes of devices that also
 * have a primary node. NULL selects no V4L2 queue, because an import makes the queue busy for other
 * programs.
 *
 * Returns 0 and sets `*nodes` to an array of `*n` pointers into the inventory. The caller frees the
 * array. Returns -ENOENT if no device matches, -EINVAL for a malformed selector, or -ENOMEM.
 */
int dh_select_devices(const struct dh_inventory *inventory, const char *selector,
		      const struct dh_device ***nodes, size_t *n);

/*
 * Sets `*names` to the names under which the kernel can list the device `selector` as attached to a
 * buffer: `selector` itself, and the names of the parents of the selected devices. If a driver
 * attaches a device other than the parent of its node, only the name of that device selects the
 * buffer.
 *
 * Returns 0 or -ENOMEM. `*names` is an array of `*n` pointers to `selector` and into the inventory.
 * The caller frees the array.
 */
int dh_select_attached(const struct dh_inventory *inventory, const char *selector,
		       const char ***names, size_t *n);

#endif
