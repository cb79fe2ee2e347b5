/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the allocation bitmap of a CMA region from debugfs (CONFIG_CMA_DEBUGFS, root only).
 *
 * mm/cma_debug.c prints the bitmap as decimal 32-bit numbers. The lowest bit of the first number
 * represents the first 2^order_per_bit pages of the region. From Linux 6.15 on, a region can
 * consist of several ranges, each with a bitmap (ranges/N/bitmap).
 */
#ifndef DH_DISCOVER_REGION_MAP_H
#define DH_DISCOVER_REGION_MAP_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Sets region->map, or leaves it unchanged after an error. dh_regions_read() must have filled the
 * region. Returns 0; -ENOENT if debugfs does not contain the region; -EBADMSG if the bitmap does
 * not match the size of the region; or another -errno.
 */
int dh_region_map_read(const struct dh_root *root, struct dh_region *region);

#endif
