/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the allocation bitmap of a CMA region (CONFIG_CMA_DEBUGFS), and the owners of its pages
 * (CONFIG_PAGE_OWNER, and page_owner=on on the kernel's command line), from debugfs (root only).
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

/*
 * Calls `visit` with the record of each page allocation that begins in a range of `pages` page
 * frames, starting at the page frame `first`. The record contains the order of the allocation,
 * which consists of 2^order pages.
 *
 * Returns 0; the first non-zero result of `visit`; -EINTR if a signal ended the reading;
 * -EOPNOTSUPP before Linux 6.1, where the file does not support lseek(); or another -errno.
 */
int dh_page_owner_read(const struct dh_root *root, uint64_t first, uint64_t pages,
		       int (*visit)(void *data, const char *record), void *data);

#endif
