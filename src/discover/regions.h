/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the memory regions behind heaps: size, free memory, longest free run.
 */
#ifndef DH_DISCOVER_REGIONS_H
#define DH_DISCOVER_REGIONS_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Reads /sys/kernel/mm/cma (CONFIG_CMA_SYSFS), debugfs cma/ (CONFIG_CMA_DEBUGFS, root only),
 * /proc/meminfo (CmaTotal and CmaFree, if there is only one area), and reserved-memory of the
 * device tree. Existing regions get new figures. Returns 0 or -errno.
 *
 * The kernel reports pages. For a recorded tree, the page size is CmaTotal divided by the number of
 * pages in all areas. If that is not a valid page size, the sizes stay unknown.
 */
int dh_regions_read(const struct dh_root *root, struct dh_inventory *inventory);

#endif
