// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "facts.h"

/**
 * struct sg_layout - memory layout of a buffer, in DMA addresses
 * @segments: number of segments; consecutive entries of the scatter list whose address
 *	ranges adjoin form one segment
 * @bytes: total size in bytes
 * @largest: size of the largest segment in bytes
 * @lowest: address of the lowest byte
 * @highest: address of the highest byte
 */
struct sg_layout {
	unsigned int segments;
	u64 bytes, largest;
	u64 lowest, highest;
};

/*
 * Importers must use only the DMA addresses of a scatter list. For the devices of this
 * module, the DMA addresses are physical addresses, unless the kernel uses an IOMMU, DMA
 * offsets or bounce buffers.
 */
static struct sg_layout summarize_layout(struct sg_table *table)
{
	struct sg_layout layout = { .lowest = U64_MAX };
	u64 start, length, end = 0, run = 0;
	struct scatterlist *entry;
	int i;

	for_each_sgtable_dma_sg(table, entry, i) {
		start = sg_dma_address(entry);
		length = sg_dma_len(entry);
		if (!length)
			continue;
		if (!layout.segments || start != end) {
			layout.segments++;
			run = 0;
		}
		run += length;
		end = start + length;
		layout.bytes += length;
		layout.largest = max(layout.largest, run);
		layout.lowest = min(layout.lowest, start);
		layout.highest = max(layout.highest, end - 1);
	}
	return layout;
}

/* Returns the DMA address of the last byte of @table, or 0 if the table is empty. */
u64 sg_layout_highest(struct sg_table *table)
{
	return summarize_layout(table).highest;
}

/*
 * Prints the layout of @table as "key=value" pairs to @to, which has @size bytes. Returns
 * the length of the text in bytes.
 */
int sg_layout_print(char *to, size_t size, struct sg_table *table)
{
	struct sg_layout layout = summarize_layout(table);

	if (!layout.segments)
		return scnprintf(to, size,
				 "segments=0 bytes=0 largest=0 contiguous=- lowest=- highest=- below_4g=-");
	return scnprintf(to, size,
			 "segments=%u bytes=%llu largest=%llu contiguous=%s lowest=0x%llx highest=0x%llx below_4g=%s",
			 layout.segments, layout.bytes, layout.largest,
			 layout.segments == 1 ? "yes" : "no", layout.lowest, layout.highest,
			 layout.highest < SZ_4G ? "yes" : "no");
}
