/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations from heaps and what becomes of the buffers.
 */
#ifndef DMAHEAP_DEBUG_ALLOCATIONS_H
#define DMAHEAP_DEBUG_ALLOCATIONS_H

#include <linux/kprobes.h>

#include "operations.h"

/**
 * struct allocation_call - what a probed call keeps until it returns
 * @operation: that it is, or is part of
 */
struct allocation_call {
	struct operation *operation;
};

int ioctl_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int ioctl_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int kalloc_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int kalloc_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int kalloc_fd_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int export_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int export_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int release_entry(struct kprobe *probe, struct pt_regs *regs);
int file_release_entry(struct kprobe *probe, struct pt_regs *regs);

#endif
