/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the heaps of the system, and prints messages about missing heaps, denied access, and
 * contradictions between the sources. Functions that return a status print the error, if any.
 */
#ifndef DH_TASK_HEAPS_H
#define DH_TASK_HEAPS_H

#include "frame/message.h"
#include "model/inventory.h"

/*
 * Reads the heaps and their regions, and determines whether the caller may open the nodes: with
 * `open`, by opening each node, otherwise by faccessat(). With `udev`, or if the other sources
 * disagree, also queries udev, which takes longer than all other sources.
 */
enum dh_status dh_heaps_read(const struct dh_env *env, bool udev, bool open,
			     struct dh_inventory *inventory);

/* Sets `map` of each region whose bitmap is readable. */
enum dh_status dh_heaps_read_maps(const struct dh_env *env, struct dh_inventory *inventory);

/* Sets `report` of each heap whose provider writes a report to debugfs. */
enum dh_status dh_heaps_read_reports(const struct dh_env *env, struct dh_inventory *inventory);

/* Reads the heaps and their regions, but does not check whether the caller may open the nodes. */
enum dh_status dh_heaps_read_names(const struct dh_env *env, struct dh_inventory *inventory);

/*
 * Prints why the inventory has no heaps: the kernel lacks the class dma_heap, no heap is
 * registered, heaps are missing or hidden, or the heaps are unknown. Returns DH_EXIT_ERROR if sysfs
 * is not mounted. Otherwise, returns the status of dh_heaps_unread() if that function printed an
 * error, else DH_EXIT_UNSUPPORTED.
 */
enum dh_status dh_heaps_absent(const struct dh_env *env, const struct dh_inventory *inventory);

/*
 * Prints an error for each source, node and device number that exists but could not be read,
 * because the inventory may then lack a heap. For an unmounted sysfs, prints only a remark. Does
 * not report a /dev/dma_heap that this user may not access: see dh_heaps_remark_access().
 *
 * Returns DH_EXIT_DONE if it printed no error, DH_EXIT_PERMISSION if all errors are EACCES or
 * EPERM, otherwise DH_EXIT_ERROR.
 */
enum dh_status dh_heaps_unread(const struct dh_env *env, const struct dh_inventory *inventory);

/*
 * Prints that no heap has the name or class `name`, and the names of the existing heaps. If `name`
 * is a class, also prints the reason why the inventory has no heap of this class, if known.
 * Otherwise, also prints the most similar name, if any. `noun` is "heap" or "heap or exporter".
 * Returns DH_EXIT_NOT_FOUND.
 */
enum dh_status dh_heaps_no_such(const struct dh_env *env, const struct dh_inventory *inventory,
				const char *name, const char *noun);

/*
 * Prints the error (EACCES or EPERM) for heaps that the caller may not open, and the mode, owner
 * and ACL of the node. If these permissions are the cause, also prints the groups of the caller and
 * a udev rule that grants access. Otherwise, prints the other mechanisms that can deny access, such
 * as the mount option nodev or a device cgroup. If the mode is unknown, prints the error and that
 * /dev/dma_heap is not accessible. Heaps with the same error and permissions share a remark.
 */
void dh_heaps_remark_access(const struct dh_env *env, const struct dh_heap *heaps, size_t n);

/*
 * Prints the contradictions between the sources of the heaps in `heaps`. Heaps with the same
 * problem share a remark. Also prints a remark if nodes are missing because /dev/dma_heap does not
 * exist.
 */
void dh_heaps_remark_problem(const struct dh_env *env, const struct dh_inventory *inventory,
			     const struct dh_heap *heaps, size_t n);

#endif
