// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where heaps can be removed, each open file and each buffer has a reference,
 * too, and gives it back by the same function: those are known by the caller.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "callsites.h"
#include "compat.h"
#include "misses.h"
#include "references.h"
#include "symbols.h"

static const char * const owner_names[] = { "dma_heap_release", "dma_buf_release" };
static struct extent owners[ARRAY_SIZE(owner_names)];

void references_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(owners); i++)
		owners[i] = symbol_extent(owner_names[i]);
}

static bool is_found(unsigned long caller)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		if (extent_calls(&owners[i], caller))
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

/* A find ignores the newline that comes with what was written into sysfs. */
static void asked_name(char *name, size_t size, const char *from)
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

	asked_name(name, sizeof(name), call->name);
	if (IS_ERR_OR_NULL(dma_heap)) {
		miss_count(name);
		return 0;
	}
	heap = heap_of(dma_heap);
	if (!heap) {
		heap = heap_named(name);
		/* Whoever puts it will not say its name. */
		WRITE_ONCE(heap->dma_heap, dma_heap);
	}
	heap_found(heap);
	callsite_count(heap, compat_return_address(instance), CALLSITE_FINDS);
	return 0;
}

/* The last moment at which the heap is sure to be there. */
int put_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct dma_heap *dma_heap = (struct dma_heap *)regs_get_kernel_argument(regs, 0);
	struct put_call *call = (void *)instance->data;

	if (IS_ERR_OR_NULL(dma_heap))
		return 1;
	call->heap = heap_of(dma_heap) ?: heap_other();
	return 0;
}

int put_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	unsigned long caller = compat_return_address(instance);
	struct put_call *call = (void *)instance->data;

	if (!is_found(caller))
		return 0;
	heap_put(call->heap);
	callsite_count(call->heap, caller, CALLSITE_PUTS);
	return 0;
}
