/* SPDX-License-Identifier: GPL-2.0-only */
/* Probe handlers that count opens and closes of the device nodes of heaps. */
#ifndef DMAHEAP_DEBUG_OPENS_H
#define DMAHEAP_DEBUG_OPENS_H

#include <linux/fs.h>
#include <linux/kprobes.h>

#include "heaps.h"
#include "symbols.h"

/**
 * struct open_call - data that open_entry() keeps for open_return()
 * @file: file that is being opened
 */
struct open_call {
	const struct file *file;
};

/**
 * struct close_call - data that close_entry() keeps for close_return()
 * @heap: account of the heap, or NULL if the device is not a known heap
 */
struct close_call {
	struct heap *heap;
};

void closes_find_opener(struct symbol *symbol);
bool closes_observable(void);
int open_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int open_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int close_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int close_return(struct kretprobe_instance *instance, struct pt_regs *regs);

#endif
