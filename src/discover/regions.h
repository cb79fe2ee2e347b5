/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the memory regions that heaps allocate from: size, free memory, longest free run, and total
 * size of the failed allocations.
 */
#ifndef DH_DISCOVER_REGIONS_H
#define DH_DISCOVER_REGIONS_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Reads /sys/kernel/mm/cma (CONFIG_CMA_SYSFS), debugfs cma/ (CONFIG_CMA_DEBUGFS, root only),
 * /proc/meminfo (CmaTotal and CmaFree, if there is only one area), reserved-memory of the device
 * tree, and the heaps of dmaheap_sim (debugfs, root only). Replaces the figures of regions that are
 * already in the inventory. Returns 0, even if no source is readable, or -ENOMEM.
 *
 * In sysfs and debugfs, the kernel reports numbers of pages. If root->page_size is unknown, the
 * page size is CmaTotal divided by the number of pages in all areas. If the result is not a valid
 * page size, the sizes in sysfs and debugfs are unknown.
 */
int dh_regions_read(const struct dh_root *root, struct dh_inventory *inventory);

#endif
