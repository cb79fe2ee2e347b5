/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations from heaps and what becomes of the buffers.
 */
#ifndef DMAHEAP_DEBUG_ALLOCATIONS_H
#define DMAHEAP_DEBUG_ALLOCATIONS_H

#include <linux/ioctl.h>
#include <linux/kprobes.h>
#include <uapi/linux/dma-heap.h>

#include "operations.h"

/**
 * struct allocation_call - what a probed call keeps until it returns
 * @operation: that it is, or is part of
 */
struct allocation_call {
	struct operation *operation;
};

/* The kernel looks at nothing but the number, so neither does this. */
static inline bool ioctl_allocates(unsigned int command)
{
	return _IOC_NR(command) == _IOC_NR(DMA_HEAP_IOCTL_ALLOC);
}

void release_begins(const struct dentry *dentry);

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
