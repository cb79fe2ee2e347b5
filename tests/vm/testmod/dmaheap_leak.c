// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test driver with a bug. The module finds a heap when it is loaded and, by default,
 * never puts the heap. The calls are in functions whose names the tests expect.
 */
#include <linux/dma-buf.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "compat.h"

struct dma_heap;

static char *heap = "system";
module_param(heap, charp, 0400);
MODULE_PARM_DESC(heap, "Name of the heap");

static uint finds = 1;
module_param(finds, uint, 0400);
MODULE_PARM_DESC(finds, "Number of finds");

static uint puts;
module_param(puts, uint, 0400);
MODULE_PARM_DESC(puts, "Number of puts");

static uint allocs;
module_param(allocs, uint, 0400);
MODULE_PARM_DESC(allocs, "Number of one-page buffers to allocate and free");

/**
 * struct accessors - functions that the kernel or another module exports
 * @find: finds a heap by name and takes a reference
 * @put: drops the reference
 * @alloc: allocates a buffer
 */
struct accessors {
	struct dma_heap *(*find)(const char *name);
	void (*put)(struct dma_heap *heap);
	struct dma_buf *(*alloc)(struct dma_heap *heap, size_t len, u32 fd_flags, u64 heap_flags);
};

/*
 * The barriers prevent tail calls. dmaheap_debug would attribute a tail call to the
 * caller of the function. The attribute __used keeps the names of the functions.
 */
static noinline __used struct dma_heap *dmaheap_leak_find(const struct accessors *accessors)
{
	struct dma_heap *found = accessors->find(heap);

	barrier();
	return found;
}

static noinline __used void dmaheap_leak_put(const struct accessors *accessors,
					     struct dma_heap *found)
{
	accessors->put(found);
	barrier();
}

static noinline __used int dmaheap_leak_alloc(const struct accessors *accessors,
					      struct dma_heap *found)
{
	struct dma_buf *dmabuf = accessors->alloc(found, PAGE_SIZE, O_RDWR, 0);

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	dma_buf_put(dmabuf);
	return 0;
}

static int use(const struct accessors *accessors)
{
	struct dma_heap *found = NULL;
	int ret = 0;
	uint i;

	for (i = 0; i < finds; i++) {
		found = dmaheap_leak_find(accessors);
		if (!found)
			return -ENOENT;
	}
	for (i = 0; found && !ret && i < allocs; i++)
		ret = dmaheap_leak_alloc(accessors, found);
	for (i = 0; found && i < puts; i++)
		dmaheap_leak_put(accessors, found);
	return ret;
}

static int __init dmaheap_leak_init(void)
{
	const char *find_name = "dma_heap_find_by_name";
	struct accessors accessors = {
		.find = __symbol_get(find_name),
		.put = __symbol_get("dma_heap_put"),
		.alloc = __symbol_get("dma_heap_buffer_alloc"),
	};
	int ret = -EOPNOTSUPP;

	if (!accessors.find) {
		find_name = "dma_heap_find";
		accessors.find = __symbol_get(find_name);
	}
	if (accessors.find && accessors.put && accessors.alloc)
		ret = use(&accessors);
	if (accessors.find)
		__symbol_put(find_name);
	if (accessors.put)
		__symbol_put("dma_heap_put");
	if (accessors.alloc)
		__symbol_put("dma_heap_buffer_alloc");
	return ret;
}
module_init(dmaheap_leak_init);

static void __exit dmaheap_leak_exit(void)
{
}
module_exit(dmaheap_leak_exit);

MODULE_DESCRIPTION("Test driver that finds a DMA-BUF heap and never puts it");
MODULE_LICENSE("GPL");
COMPAT_IMPORT_DMA_BUF();
