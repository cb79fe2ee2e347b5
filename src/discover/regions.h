/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory regions behind heaps: size, what is free, the longest free run.
 */
#ifndef DH_DISCOVER_REGIONS_H
#define DH_DISCOVER_REGIONS_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * From /sys/kernel/mm/cma (CONFIG_CMA_SYSFS), debugfs cma/ (CONFIG_CMA_DEBUGFS, root
 * only), /proc/meminfo (CmaTotal and CmaFree, where there is one area only) and the
 * device tree's reserved-memory. Regions that are there already get new figures. 0 or -errno.
 *
 * The kernel counts pages. A recorded tree may be of a machine with others than this one has:
 * all areas together are CmaTotal, which tells. Where it does not, sizes stay unknown.
 */
int dh_regions_read(const struct dh_root *root, struct dh_inventory *inventory);

#endif
