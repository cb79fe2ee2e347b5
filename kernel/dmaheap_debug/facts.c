// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "facts.h"

/**
 * struct facts - about a list, as a device sees it
 * @segments: pieces in a row that do not touch
 * @bytes: in all
 * @largest: bytes in one of them
 * @lowest: address
 * @highest: address of a byte
 */
struct facts {
	unsigned int segments;
	u64 bytes, largest;
	u64 lowest, highest;
};

/*
 * An importer may rely on nothing but addresses for devices. The ones that we
 * attach see physical memory, unless the platform puts something in between.
 */
static struct facts gather(struct sg_table *table)
{
	struct facts facts = { .lowest = U64_MAX };
	u64 start, length, end = 0, run = 0;
	struct scatterlist *entry;
	int i;

	for_each_sgtable_dma_sg(table, entry, i) {
		start = sg_dma_address(entry);
		length = sg_dma_len(entry);
		if (!length)
			continue;
		if (!facts.segments || start != end) {
			facts.segments++;
			run = 0;
		}
		run += length;
		end = start + length;
		facts.bytes += length;
		facts.largest = max(facts.largest, run);
		facts.lowest = min(facts.lowest, start);
		facts.highest = max(facts.highest, end - 1);
	}
	return facts;
}

/* "key=value" pairs; returns the length. */
int facts_print(char *to, size_t size, struct sg_table *table)
{
	struct facts facts = gather(table);

	if (!facts.segments)
		return scnprintf(to, size,
				 "segments=0 bytes=0 largest=0 contiguous=- lowest=- highest=- below_4g=-");
	return scnprintf(to, size,
			 "segments=%u bytes=%llu largest=%llu contiguous=%s lowest=0x%llx highest=0x%llx below_4g=%s",
			 facts.segments, facts.bytes, facts.largest,
			 facts.segments == 1 ? "yes" : "no", facts.lowest, facts.highest,
			 facts.highest < SZ_4G ? "yes" : "no");
}
