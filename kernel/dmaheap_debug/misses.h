/* SPDX-License-Identifier: GPL-2.0-only */
/* Misses: names that kernel code looked up without finding a heap. */
#ifndef DMAHEAP_DEBUG_MISSES_H
#define DMAHEAP_DEBUG_MISSES_H

#include "text.h"

int misses_init(void);
void misses_exit(void);
void miss_count(const char *name);
void misses_reset(const char *name);
void misses_show(struct seq_file *file, bool counted);

#endif
