/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * References to heaps that kernel code gets by name, and gives back.
 */
#ifndef DMAHEAP_DEBUG_REFERENCES_H
#define DMAHEAP_DEBUG_REFERENCES_H

#include <linux/kprobes.h>

#include "heaps.h"

/**
 * struct find_call - what a find keeps until it returns
 * @name: asked for; the caller's, so it is still there then
 */
struct find_call {
	const char *name;
};

/**
 * struct put_call - what a put keeps until it returns
 * @heap: that is given back
 */
struct put_call {
	struct heap *heap;
};

void references_init(void);
int find_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int find_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int put_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int put_return(struct kretprobe_instance *instance, struct pt_regs *regs);

#endif
