/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heaps of the system: reading them, and messages about missing heaps and denied access.
 */
#ifndef DH_TASK_HEAPS_H
#define DH_TASK_HEAPS_H

#include "frame/message.h"
#include "model/inventory.h"

/*
 * Reads the heaps, their regions and whether the caller may open the nodes. `open` opens each
 * node for that; otherwise the kernel only checks the permissions. `udev` also asks udev, which
 * takes longer than everything else; udev is asked in any case if the other sources disagree.
 * Returns a status; prints the error, if any.
 */
enum dh_status dh_heaps_read(const struct dh_env *env, bool udev, bool open,
			     struct dh_inventory *inventory);

/* Reads the heaps and their regions, but not whether the nodes may be opened. */
enum dh_status dh_heaps_read_names(const struct dh_env *env, struct dh_inventory *inventory);

/*
 * For an inventory without heaps: prints whether the kernel was built without heaps, no heap is
 * registered, the heaps are hidden, or this is unknown. Returns DH_EXIT_UNSUPPORTED; if unknown,
 * the status of dh_heaps_unread() or DH_EXIT_ERROR.
 */
enum dh_status dh_heaps_absent(const struct dh_env *env, const struct dh_inventory *inventory);

/*
 * Prints an error for each source and node that could not be read: heaps may exist that the
 * inventory lacks. Returns DH_EXIT_PERMISSION or DH_EXIT_ERROR; DH_EXIT_DONE if everything was
 * read or the only problem is that sysfs is not mounted.
 */
enum dh_status dh_heaps_unread(const struct dh_env *env, const struct dh_inventory *inventory);

/*
 * Prints that no heap has the name or class `name`, the most similar name and the names of the
 * existing heaps. `noun` is "heap" or "heap or exporter". Returns DH_EXIT_NOT_FOUND.
 */
enum dh_status dh_heaps_no_such(const struct dh_inventory *inventory, const char *name,
				const char *noun);

/*
 * For heaps whose nodes failed to open with EACCES or EPERM: prints the mode and owner of the node,
 * the groups of the caller and a udev rule that grants access. Prints one remark for all heaps
 * with equal permissions.
 */
void dh_heaps_remark_access(const struct dh_env *env, const struct dh_heap *heaps, size_t n);

/* Prints where the sources of these heaps disagree. Prints one remark for each problem. */
void dh_heaps_remark_problem(const struct dh_env *env, const struct dh_inventory *inventory,
			     const struct dh_heap *heaps, size_t n);

#endif
