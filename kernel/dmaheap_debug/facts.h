/* SPDX-License-Identifier: GPL-2.0-only */
/* Derives the memory layout of a buffer from its scatter list, and prints the layout. */
#ifndef DMAHEAP_DEBUG_FACTS_H
#define DMAHEAP_DEBUG_FACTS_H

#include <linux/scatterlist.h>

u64 sg_layout_highest(struct sg_table *table);
int sg_layout_print(char *to, size_t size, struct sg_table *table);

#endif
