/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heaps of this system: read, and why they are missing or cannot be opened, and what to do
 * about it.
 */
#ifndef DH_TASK_HEAPS_H
#define DH_TASK_HEAPS_H

#include "frame/message.h"
#include "model/inventory.h"

/*
 * The heaps of this system with their figures. With `udev` also which of them udev knows, which
 * costs more than all the rest, and is asked in any case where the other sources disagree. With
 * `open` each node is opened to see whether it may be; without it the kernel is asked. Returns
 * a status, having said why.
 */
enum dh_status dh_heaps_read(const struct dh_env *env, bool udev, bool open,
			     struct dh_inventory *inventory);

/* The same without whether the nodes may be opened. */
enum dh_status dh_heaps_read_names(const struct dh_env *env, struct dh_inventory *inventory);

/*
 * For an inventory without any heap: says on stderr whether the kernel was built without
 * them, none is registered, they are hidden, or that is unknown. Returns
 * DH_EXIT_UNSUPPORTED; where it is unknown, that of dh_heaps_unread() or DH_EXIT_REFUSED.
 */
enum dh_status dh_heaps_absent(const struct dh_env *env, const struct dh_inventory *inventory);

/*
 * Says on stderr which sources of the inventory, and which nodes, could not be read: a heap
 * that is not in it may exist. Returns DH_EXIT_DONE where there are none, and where sysfs is
 * only not mounted; DH_EXIT_PERMISSION or DH_EXIT_REFUSED.
 */
enum dh_status dh_heaps_unread(const struct dh_env *env, const struct dh_inventory *inventory);

/*
 * For heaps whose nodes did not open with EACCES or EPERM: remarks that have the node's
 * mode and owner, the caller's groups, and the udev rule to add. Heaps with the same
 * answer share one.
 */
void dh_heaps_remark_access(const struct dh_env *env, const struct dh_heap *heaps, size_t n);

/* Remarks on where the sources of these heaps disagree. Equal ones share one. */
void dh_heaps_remark_problem(const struct dh_env *env, const struct dh_inventory *inventory,
			     const struct dh_heap *heaps, size_t n);

#endif
