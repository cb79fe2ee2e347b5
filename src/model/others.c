// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/others.h"

static void subtract_buffer(struct dh_inventory *inventory, const struct dh_held_buffer *buffer)
{
	const struct dh_heap *heap =
		buffer->exporter ? dh_inventory_find(inventory, buffer->exporter) : NULL;

	if (heap && heap->region >= 0) {
		struct dh_maybe *others = &inventory->regions[heap->region].others;

		/*
		 * Buffers that were allocated after the region was read can exceed the used memory:
		 * the result is then unknown.
		 */
		*others = dh_minus(*others, buffer->size);
	}
	/*
	 * If no heap has the exporter name, the buffer may belong to any heap that can use the
	 * name.
	 */
	for (size_t i = 0; !heap && i < inventory->n_heaps; i++) {
		const struct dh_heap *other = &inventory->heaps[i];

		if (other->region >= 0 &&
		    (!buffer->exporter || dh_exporter_is_shared(buffer->exporter, other->kind)))
			inventory->regions[other->region].others = (struct dh_maybe){ 0 };
	}
}

void dh_others_count(struct dh_inventory *inventory, const struct dh_holders *holders)
{
	if (!holders->listed)
		return;
	for (size_t i = 0; i < inventory->n_heaps; i++)
		if (inventory->heaps[i].region >= 0) {
			struct dh_region *region = &inventory->regions[inventory->heaps[i].region];

			region->others = dh_region_used(region);
		}
	for (size_t i = 0; i < holders->n_buffers; i++)
		subtract_buffer(inventory, &holders->buffers[i]);
}

struct dh_maybe dh_others_sum(struct dh_inventory *inventory, const struct dh_holders *holders,
			      const struct dh_holders_filter *filter)
{
	struct dh_maybe sum = { 0 };

	dh_others_count(inventory, holders);
	for (size_t i = 0; i < inventory->n_regions; i++) {
		const struct dh_maybe *others = &inventory->regions[i].others;
		bool selected = false;

		for (size_t j = 0; j < inventory->n_heaps && !selected; j++)
			selected = inventory->heaps[j].region == (ssize_t)i &&
				   dh_holders_selects(filter, inventory->heaps[j].name);
		if (!selected || inventory->regions[i].is_carveout)
			continue;
		if (!others->known)
			return *others;
		sum = dh_known(sum.value + others->value);
	}
	return sum;
}
