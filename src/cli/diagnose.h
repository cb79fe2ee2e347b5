/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a heap cannot be had, and what to do about it: the sentences that several commands
 * need.
 */
#ifndef DH_CLI_DIAGNOSE_H
#define DH_CLI_DIAGNOSE_H

#include "cli/command.h"
#include "model/inventory.h"

/*
 * For an inventory without any heap: says on stderr whether the kernel was built without
 * them, none is registered, they are hidden, or that is unknown. Returns
 * DH_EXIT_UNSUPPORTED; where it is unknown, that of dh_diagnose_unread() or DH_EXIT_REFUSED.
 */
int dh_diagnose_absence(const struct dh_context *context, const struct dh_inventory *inventory);

/*
 * Says on stderr which sources of the inventory, and which nodes, could not be read: a heap
 * that is not in it may exist. Returns DH_EXIT_DONE where there are none, and where sysfs is
 * only not mounted; DH_EXIT_PERMISSION or DH_EXIT_REFUSED.
 */
int dh_diagnose_unread(const struct dh_context *context, const struct dh_inventory *inventory);

/*
 * For heaps whose nodes did not open with EACCES or EPERM: remarks that have the node's
 * mode and owner, the caller's groups, and the udev rule to add. Heaps with the same
 * answer share one.
 */
void dh_diagnose_access(const struct dh_context *context, const struct dh_heap *heaps, size_t n);

/*
 * For what a read of the debug module's files came to (-errno): says on stderr what is
 * missing, and how to get it. Returns an exit status.
 */
int dh_diagnose_debug(const struct dh_context *context, int error);

/* Remarks on where the sources of these heaps disagree. Equal ones share one. */
void dh_diagnose_trouble(const struct dh_context *context, const struct dh_inventory *inventory,
			 const struct dh_heap *heaps, size_t n);

#endif
