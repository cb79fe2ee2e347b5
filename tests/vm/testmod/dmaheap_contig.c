// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test driver that allocates contiguous memory for DMA outside the heaps.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>

/* The kernel allocates a single page outside the CMA region, so use at least two pages. */
#define SIZE (PAGE_SIZE > 32 * 1024 ? 2 * PAGE_SIZE : 64 * 1024)

static struct platform_device *device;
static void *memory;
static dma_addr_t address;

/*
 * The tests expect this function in the stack trace, so the compiler must not inline the function
 * or make the call a tail call.
 */
static noinline __used void dmaheap_contig_allocate(void)
{
	memory = dma_alloc_coherent(&device->dev, SIZE, &address, GFP_KERNEL);
	barrier();
}

static int __init dmaheap_contig_init(void)
{
	int ret;

	device = platform_device_register_simple("dmaheap_contig", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = dma_coerce_mask_and_coherent(&device->dev, DMA_BIT_MASK(32));
	if (!ret)
		dmaheap_contig_allocate();
	if (!ret && !memory)
		ret = -ENOMEM;
	if (ret)
		platform_device_unregister(device);
	return ret;
}
module_init(dmaheap_contig_init);

static void __exit dmaheap_contig_exit(void)
{
	dma_free_coherent(&device->dev, SIZE, memory, address);
	platform_device_unregister(device);
}
module_exit(dmaheap_contig_exit);

MODULE_DESCRIPTION("Test driver that allocates contiguous memory outside the heaps");
MODULE_LICENSE("GPL");
