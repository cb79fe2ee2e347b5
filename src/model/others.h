/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that users other than heaps have allocated from regions, for example drivers that call
 * dma_alloc_coherent().
 */
#ifndef DH_MODEL_OTHERS_H
#define DH_MODEL_OTHERS_H

#include "model/holders.h"
#include "model/inventory.h"

/*
 * Sets `others` of each region that a heap uses: the used memory of the region, minus the buffers
 * of its heaps in the kernel's list. The value is unknown if the used memory is unknown, if the
 * list was not read, if the heap or the size of a buffer is unknown, or if the buffers exceed the
 * used memory.
 */
void dh_others_count(struct dh_inventory *inventory, const struct dh_holders *holders);

/*
 * Calls dh_others_count(), and returns the sum of `others` over the CMA regions of the selected
 * heaps, or unknown. Without a selection by exporter, all heaps are selected.
 */
struct dh_maybe dh_others_sum(struct dh_inventory *inventory, const struct dh_holders *holders,
			      const struct dh_holders_filter *filter);

#endif
