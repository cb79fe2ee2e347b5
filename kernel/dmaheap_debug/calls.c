// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers of the probes. An entry handler returns 1 to skip the return handler for the call.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/ioctl.h>
#include <linux/string.h>
#include <uapi/linux/dma-heap.h>

#include "debug.h"

/* --- Allocations and buffers --------------------------------------------------------- */

int ioctl_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct file *file = (const struct file *)regs_get_kernel_argument(regs, 0);
	struct call *call = (void *)instance->data;

	/* Compare only the command number, as dma_heap_ioctl() does. */
	if (_IOC_NR(regs_get_kernel_argument(regs, 1)) != _IOC_NR(DMA_HEAP_IOCTL_ALLOC))
		return 1;
	call->operation = operation_start(instance, false);
	if (!call->operation)
		return 1;
	call->operation->heap = node_heap(file);
	return 0;
}

int ioctl_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;
	long ret = regs_return_value(regs);

	operation_end(call->operation, ret < 0 ? ret : 0);
	return 0;
}

int kalloc_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct dma_heap *dma_heap = (struct dma_heap *)regs_get_kernel_argument(regs, 0);
	struct call *call = (void *)instance->data;

	call->operation = operation_start(instance, true);
	if (!call->operation)
		return 1;
	call->operation->heap = heap_of_dma_heap(dma_heap) ?: heap_other();
	return 0;
}

static void kalloc_end(struct kretprobe_instance *instance, int error)
{
	struct call *call = (void *)instance->data;
	unsigned long caller = compat_return_address(instance);
	/*
	 * The probe on dma_heap_ioctl() may have missed the ioctl that led to this call, so check
	 * whether the kernel's ioctl code made the call.
	 */
	bool kernel = !called_by_kernel(CALLEE_HEAP_ALLOC, caller);
	struct heap *heap;

	call->operation->allocation.kernel = kernel;
	heap = operation_end(call->operation, error);
	if (kernel)
		callsite_count(heap, caller, CALLSITE_KALLOCS);
}

/*
 * Record the buffer here if the probe on dma_buf_export() did not record it. The caller has
 * not received the buffer yet, so no other task can have freed it.
 */
int kalloc_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;
	struct dma_buf *dmabuf = (struct dma_buf *)regs_return_value(regs);

	if (IS_ERR_OR_NULL(dmabuf)) {
		kalloc_end(instance, dmabuf ? PTR_ERR(dmabuf) : -ENOMEM);
		return 0;
	}
	/*
	 * On kernels that do not export dma_heap_buffer_alloc(), a static function of
	 * this name can return a file descriptor. text_peek_pointer() then returns false.
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
 * Skip the return handler for buffers that do not come from a heap: it would slow down all
 * exporters.
 */
int export_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;

	call->operation = operation_of_task();
	return !call->operation;
}

int export_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;
	struct dma_buf *dmabuf = (struct dma_buf *)regs_return_value(regs);

	if (!IS_ERR_OR_NULL(dmabuf))
		operation_exported(call->operation, dmabuf);
	return 0;
}

/* Called before the memory of the buffer is freed. */
static void buffer_released(const struct dma_buf *dmabuf)
{
	char name[NAME_SIZE];

	if (buffer_forget(dmabuf))
		return;
	/* On most kernels, the system and CMA heaps use their name as the exporter name. */
	heap_freed_older(text_peek(name, dmabuf->exp_name, sizeof(name)) ?
			 account_by_name(name) : heap_other(), dmabuf->size);
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

/* --- Device nodes -------------------------------------------------------------------- */

/*
 * dma_heap_open() fails only for a removed heap. If the kernel cannot remove heaps, count an open
 * of a known node here: this costs less than a return handler.
 */
int open_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct inode *inode = (const struct inode *)regs_get_kernel_argument(regs, 0);
	struct heap *heap = heaps_permanent() ? node_known(inode) : NULL;
	struct call *call = (void *)instance->data;

	call->file = (const struct file *)regs_get_kernel_argument(regs, 1);
	if (heap)
		heap_opened(heap);
	return heap ? 1 : 0;
}

int open_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;

	if (!(int)regs_return_value(regs))
		heap_opened(node_heap(call->file));
	return 0;
}

/* Called when the last reference to the cdev of any device is dropped. */
int cdev_release_entry(struct kprobe *probe, struct pt_regs *regs)
{
	const struct kobject *kobj = (const struct kobject *)regs_get_kernel_argument(regs, 0);

	node_released(container_of(kobj, struct cdev, kobj));
	return 0;
}

/* --- References ---------------------------------------------------------------------- */

/*
 * The handlers from find_entry() to put_entry() count in-kernel references to heaps. Some kernels
 * drop the reference of an open file with dma_heap_put(). Such a put is not counted: the caller's
 * address identifies it.
 */

int find_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (void *)instance->data;

	call->name = (const char *)regs_get_kernel_argument(regs, 0);
	return 0;
}

int find_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct dma_heap *dma_heap = (struct dma_heap *)regs_return_value(regs);
	struct call *call = (void *)instance->data;
	char name[NAME_SIZE];
	struct heap *heap;

	text_peek(name, call->name, sizeof(name));
	if (IS_ERR_OR_NULL(dma_heap)) {
		heap_missed(name);
		return 0;
	}
	heap = heap_of_dma_heap(dma_heap);
	if (!heap) {
		heap = heap_by_name(name);
		/* Without dma_heap_get_name(), put_entry() finds the account by this address. */
		WRITE_ONCE(heap->dma_heap, dma_heap);
	}
	heap_found(heap);
	callsite_count(heap, compat_return_address(instance), CALLSITE_FINDS);
	return 0;
}

/* dma_heap_get() counts as a find: the caller drops the reference with dma_heap_put(). */
int get_entry(struct kprobe *probe, struct pt_regs *regs)
{
	struct dma_heap *dma_heap = (struct dma_heap *)regs_get_kernel_argument(regs, 0);
	struct heap *heap = heap_of_dma_heap(dma_heap) ?: heap_other();

	heap_found(heap);
	callsite_count(heap, compat_caller(regs), CALLSITE_FINDS);
	return 0;
}

int put_entry(struct kprobe *probe, struct pt_regs *regs)
{
	struct dma_heap *dma_heap = (struct dma_heap *)regs_get_kernel_argument(regs, 0);
	unsigned long caller = compat_caller(regs);
	struct heap *heap;

	if (IS_ERR_OR_NULL(dma_heap) || called_by_kernel(CALLEE_HEAP_PUT, caller))
		return 0;
	/* If the caller is unknown, it may not be a driver: count the put as missed. */
	if (kernel_callers_found(CALLEE_HEAP_PUT) && !probes_caller_known(caller)) {
		probes_count_missed(probe);
		return 0;
	}
	heap = heap_of_dma_heap(dma_heap) ?: heap_other();
	heap_put(heap);
	callsite_count(heap, caller, CALLSITE_PUTS);
	return 0;
}
