/* SPDX-License-Identifier: GPL-2.0-only */
/* Call sites: places in kernel code that find heaps, allocate from them or put them. */
#ifndef DMAHEAP_DEBUG_CALLSITES_H
#define DMAHEAP_DEBUG_CALLSITES_H

#include <linux/module.h>
#include <linux/seq_file.h>

#include "heaps.h"

enum callsite_figure {
	CALLSITE_FINDS,
	CALLSITE_PUTS,
	CALLSITE_KALLOCS,
	CALLSITE_FIGURES,
};

int callsites_init(void);
void callsites_exit(void);
void callsite_count(struct heap *heap, unsigned long address, enum callsite_figure figure);
void callsites_forget_module(struct module *module, bool init);
void callsites_reset(const struct heap *heap);
void callsites_show(struct seq_file *file);

#endif
