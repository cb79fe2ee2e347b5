/* SPDX-License-Identifier: GPL-2.0-only */
/* Probe handlers that count the finds and puts of heaps by kernel code. */
#ifndef DMAHEAP_DEBUG_REFERENCES_H
#define DMAHEAP_DEBUG_REFERENCES_H

#include <linux/kprobes.h>

#include "heaps.h"
#include "symbols.h"

/**
 * struct find_call - data that find_entry() keeps for find_return()
 * @name: requested name; the caller keeps it valid until the find returns
 */
struct find_call {
	const char *name;
};

/**
 * struct put_call - data that put_entry() keeps for put_return()
 * @heap: account of the heap
 */
struct put_call {
	struct heap *heap;
};

void references_find_putters(struct symbol *symbol);
int find_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int find_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int put_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int put_return(struct kretprobe_instance *instance, struct pt_regs *regs);

#endif
