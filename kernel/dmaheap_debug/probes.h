/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches handlers to kernel functions. Reports whether a figure is counted, and the number of
 * missed calls.
 */
#ifndef DMAHEAP_DEBUG_PROBES_H
#define DMAHEAP_DEBUG_PROBES_H

#include <linux/kprobes.h>
#include <linux/seq_file.h>
#include <linux/types.h>

/* Groups of figures. The figures of a group are all counted, or all absent. */
enum figure {
	FIGURE_FINDS,
	FIGURE_PUTS,
	FIGURE_REFS,
	FIGURE_OPENS,
	FIGURE_CLOSES,
	FIGURE_ALLOCS,
	FIGURE_BYTES,
	FIGURE_KALLOCS,
	FIGURE_KALLOC_BYTES,
	FIGURE_LIVE,
	FIGURE_FREES,
};

int probes_init(int maxactive);
void probes_exit(void);
bool figure_is_counted(enum figure figure);
u64 probes_missed(void);
bool probes_blind(void);
bool probes_caller_known(unsigned long caller);
void probes_count_missed(struct kretprobe_instance *instance);
void probes_reset(void);
void probes_show(struct seq_file *file);

#endif
