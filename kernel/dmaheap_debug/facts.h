/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scatter list tells of a buffer.
 */
#ifndef DMAHEAP_DEBUG_FACTS_H
#define DMAHEAP_DEBUG_FACTS_H

#include <linux/scatterlist.h>

int facts_print(char *to, size_t size, struct sg_table *table);

#endif
