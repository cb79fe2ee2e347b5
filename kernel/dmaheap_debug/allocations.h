/* SPDX-License-Identifier: GPL-2.0-only */
/* Probe handlers that follow a buffer from its allocation to its release. */
#ifndef DMAHEAP_DEBUG_ALLOCATIONS_H
#define DMAHEAP_DEBUG_ALLOCATIONS_H

#include <linux/kprobes.h>

#include "operations.h"
#include "symbols.h"

/**
 * struct allocation_call - data that the entry handler keeps for the return handler
 * @operation: allocation that the call performs or is part of
 */
struct allocation_call {
	struct operation *operation;
};

void allocations_find_ioctl(struct symbol *symbol);
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
