/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens and closes of the heaps' device nodes.
 */
#ifndef DMAHEAP_DEBUG_OPENS_H
#define DMAHEAP_DEBUG_OPENS_H

#include <linux/fs.h>
#include <linux/kprobes.h>

#include "heaps.h"

/**
 * struct open_call - what an open keeps until it returns
 * @file: that is being opened
 */
struct open_call {
	const struct file *file;
};

/**
 * struct close_call - what a close keeps until it returns
 * @heap: of the device; NULL for a device that is no heap
 */
struct close_call {
	struct heap *heap;
};

void closes_init(void);
bool closes_proven(void);
int open_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int open_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int close_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int close_return(struct kretprobe_instance *instance, struct pt_regs *regs);

#endif
