// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/ioctl.h>
#include <uapi/linux/dma-heap.h>

#include "allocations.h"
#include "buffers.h"
#include "callsites.h"
#include "compat.h"
#include "nodes.h"

/* Functions of the kernel that call dma_heap_buffer_alloc() for DMA_HEAP_IOCTL_ALLOC. */
static const char * const ioctl_names[] = { "dma_heap_ioctl", "dma_heap_ioctl_allocate" };
static struct extent ioctl_extents[ARRAY_SIZE(ioctl_names)];

/**
 * allocations_find_ioctl() - look up the kernel functions that allocate for an ioctl
 * @symbol: buffer for the lookup
 */
void allocations_find_ioctl(struct symbol *symbol)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ioctl_extents); i++)
		ioctl_extents[i] = symbol_extent(ioctl_names[i], symbol);
}

static bool called_by_ioctl(unsigned long caller)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ioctl_extents); i++) {
		if (extent_contains_call(&ioctl_extents[i], caller))
			return true;
	}
	return false;
}

/* Entry handlers return 1 to skip the return handler for this call. */
int ioctl_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct file *file = (const struct file *)regs_get_kernel_argument(regs, 0);
	struct allocation_call *call = (void *)instance->data;

	/* Compare only the command number, as dma_heap_ioctl() does. */
	if (_IOC_NR(regs_get_kernel_argument(regs, 1)) != _IOC_NR(DMA_HEAP_IOCTL_ALLOC))
		return 1;
	call->operation = operation_start(instance, false);
	if (!call->operation)
		return 1;
	call->operation->heap = node_heap_of_file(file);
	return 0;
}

int ioctl_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct allocation_call *call = (void *)instance->data;
	long ret = regs_return_value(regs);

	operation_end(call->operation, ret < 0 ? ret : 0);
	return 0;
}

int kalloc_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct dma_heap *dma_heap = (struct dma_heap *)regs_get_kernel_argument(regs, 0);
	struct allocation_call *call = (void *)instance->data;

	call->operation = operation_start(instance, true);
	if (!call->operation)
		return 1;
	call->operation->heap = heap_of_dma_heap(dma_heap) ?: heap_other();
	return 0;
}

static void kalloc_end(struct kretprobe_instance *instance, int error)
{
	struct allocation_call *call = (void *)instance->data;
	unsigned long caller = compat_return_address(instance);
	/* The probe on dma_heap_ioctl() can miss a call whose allocation this probe sees. */
	bool kernel = !called_by_ioctl(caller);
	struct heap *heap;

	call->operation->allocation.kernel = kernel;
	heap = operation_end(call->operation, error);
	if (kernel)
		callsite_count(heap, caller, CALLSITE_KALLOCS);
}

/*
 * Record the buffer here if the probe on dma_buf_export() did not record it. The caller does
 * not have the buffer yet, so no other task can have freed it.
 */
int kalloc_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct allocation_call *call = (void *)instance->data;
	struct dma_buf *dmabuf = (struct dma_buf *)regs_return_value(regs);

	if (IS_ERR_OR_NULL(dmabuf)) {
		kalloc_end(instance, dmabuf ? PTR_ERR(dmabuf) : -ENOMEM);
		return 0;
	}
	/*
	 * On kernels that do not export dma_heap_buffer_alloc(), a static function of
	 * this name can return a file descriptor. text_peek_pointer() returns false then.
	 */
	if (!call->operation->dmabuf && text_peek_pointer(dmabuf))
		operation_exported(call->operation, dmabuf);
	kalloc_end(instance, 0);
	return 0;
}

int kalloc_fd_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	int ret = regs_return_value(regs);

	kalloc_end(instance, ret < 0 ? ret : 0);
	return 0;
}

/*
 * Most exported buffers do not come from a heap. Skip the return handler for such buffers, so
 * that their exporters run only this check.
 */
int export_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct allocation_call *call = (void *)instance->data;

	call->operation = operation_of_task();
	return !call->operation;
}

int export_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct allocation_call *call = (void *)instance->data;
	struct dma_buf *dmabuf = (struct dma_buf *)regs_return_value(regs);

	if (!IS_ERR_OR_NULL(dmabuf))
		operation_exported(call->operation, dmabuf);
	return 0;
}

/* Called before the memory of the buffer is freed. */
static void buffer_released(const struct dma_buf *dmabuf)
{
	char name[NAME_SIZE];
	unsigned long flags;
	bool known;

	raw_spin_lock_irqsave(&counts_lock, flags);
	known = buffer_remove(dmabuf) || operations_buffer_released(dmabuf);
	raw_spin_unlock_irqrestore(&counts_lock, flags);
	/* Most heaps, including those in the kernel, use their name as the exporter name. */
	if (!known)
		heap_freed_older(text_peek(name, dmabuf->exp_name, sizeof(name)) ?
				 exporter_by_name(name) : heap_other(), dmabuf->size);
}

int release_entry(struct kprobe *probe, struct pt_regs *regs)
{
	const struct dentry *dentry = (const struct dentry *)regs_get_kernel_argument(regs, 0);

	/* d_fsdata is NULL if dma_buf_export() failed before it set this field. */
	if (dentry->d_fsdata)
		buffer_released(dentry->d_fsdata);
	return 0;
}

int file_release_entry(struct kprobe *probe, struct pt_regs *regs)
{
	const struct file *file = (const struct file *)regs_get_kernel_argument(regs, 1);

	if (file->private_data)
		buffer_released(file->private_data);
	return 0;
}
