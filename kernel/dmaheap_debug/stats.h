/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints the debugfs file "stats", and resets the counts. */
#ifndef DMAHEAP_DEBUG_STATS_H
#define DMAHEAP_DEBUG_STATS_H

#include <linux/seq_file.h>

void stats_init(void);
void stats_show(struct seq_file *file);
int stats_reset(const char *name);

#endif
