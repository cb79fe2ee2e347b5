// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts in-kernel references to heaps. On kernels that can remove heaps, each open file
 * and each buffer of a heap also holds a reference, which the kernel drops with
 * dma_heap_put(). Puts of files and buffers are not counted: the caller's address identifies
 * them.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "callsites.h"
#include "compat.h"
#include "misses.h"
#include "probes.h"
#include "references.h"
#include "symbols.h"

/*
 * Functions that call dma_heap_put() for the reference of a file or buffer, or, in some kernels,
 * for each heap that they compare with the requested name.
 */
static const char * const kernel_putter_names[] = {
	"dma_heap_release", "dma_buf_release", "dma_heap_find", "dma_heap_find_by_name",
};
static struct extent kernel_putters[ARRAY_SIZE(kernel_putter_names)];

/**
 * references_find_putters() - look up the kernel functions that put heaps
 * @symbol: buffer for the lookup
 *
 * Call this when a module is loaded, because a module can contain the functions. May sleep.
 */
void references_find_putters(struct symbol *symbol)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kernel_putters); i++)
		kernel_putters[i] = symbol_extent(kernel_putter_names[i], symbol);
}

/*
 * If another tracer hides the caller, it is unknown whether the caller is a driver. The put then
 * counts as missed.
 */
static bool is_driver_call(struct kretprobe_instance *instance, unsigned long caller)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kernel_putters); i++) {
		if (!kernel_putters[i].start)
			continue;
		if (!probes_caller_known(caller)) {
			probes_count_missed(instance);
			return false;
		}
		if (extent_contains_call(&kernel_putters[i], caller))
			return false;
	}
	return true;
}

int find_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct find_call *call = (void *)instance->data;

	call->name = (const char *)regs_get_kernel_argument(regs, 0);
	return 0;
}

/*
 * dma_heap_find_by_name() ignores a newline at the end of the name, because a name that
 * is written to a sysfs file often has one. Remove the newline, so that misses are counted
 * under the same name with and without it.
 */
static void copy_requested_name(char *name, size_t size, const char *from)
{
	size_t length;

	if (!text_peek(name, from, size))
		return;
	length = strlen(name);
	if (length && name[length - 1] == '\n')
		name[length - 1] = 0;
}

int find_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct dma_heap *dma_heap = (struct dma_heap *)regs_return_value(regs);
	struct find_call *call = (void *)instance->data;
	char name[NAME_SIZE];
	struct heap *heap;

	copy_requested_name(name, sizeof(name), call->name);
	if (IS_ERR_OR_NULL(dma_heap)) {
		miss_count(name);
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

/* Looks up the account before the put, because the put can free the heap. */
int put_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct dma_heap *dma_heap = (struct dma_heap *)regs_get_kernel_argument(regs, 0);
	struct put_call *call = (void *)instance->data;

	if (IS_ERR_OR_NULL(dma_heap))
		return 1;
	call->heap = heap_of_dma_heap(dma_heap) ?: heap_other();
	return 0;
}

int put_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	unsigned long caller = compat_return_address(instance);
	struct put_call *call = (void *)instance->data;

	if (!is_driver_call(instance, caller))
		return 0;
	heap_put(call->heap);
	callsite_count(call->heap, caller, CALLSITE_PUTS);
	return 0;
}
