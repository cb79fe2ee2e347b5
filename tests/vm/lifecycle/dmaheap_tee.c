// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TEE without hardware, for tests of TEE heaps. The TEE has one protected heap of 1 MiB,
 * "protected,secure-video".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/tee_core.h>

static struct tee_device *teedev;
static struct page *memory;

static void tee_get_version(struct tee_device *teedev, struct tee_ioctl_version_data *version)
{
	*version = (struct tee_ioctl_version_data){};
}

static int tee_open(struct tee_context *context)
{
	return 0;
}

static void tee_release(struct tee_context *context)
{
}

static const struct tee_driver_ops tee_ops = {
	.get_version = tee_get_version,
	.open = tee_open,
	.release = tee_release,
};

static const struct tee_desc tee_desc = {
	.name = "dmaheap_tee",
	.ops = &tee_ops,
	.owner = THIS_MODULE,
};

/* Registers a heap with a new pool. The heap owns the pool unless registration fails. */
static int register_heap(enum tee_dma_heap_id id, struct page *page, size_t size)
{
	struct tee_protmem_pool *pool = tee_protmem_static_pool_alloc(page_to_phys(page), size);
	int ret;

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	ret = tee_device_register_dma_heap(teedev, id, pool);
	if (ret)
		pool->ops->destroy_pool(pool);
	return ret;
}

static int __init dmaheap_tee_init(void)
{
	int ret;

	memory = alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(SZ_1M));
	if (!memory)
		return -ENOMEM;
	teedev = tee_device_alloc(&tee_desc, NULL, NULL, NULL);
	if (IS_ERR(teedev)) {
		ret = PTR_ERR(teedev);
		goto err_memory;
	}
	ret = register_heap(TEE_DMA_HEAP_SECURE_VIDEO_PLAY, memory, SZ_1M);
	if (ret)
		goto err_device;
	/* A TEE has one heap per ID. The second registration must fail and keep the first heap. */
	ret = register_heap(TEE_DMA_HEAP_SECURE_VIDEO_PLAY, memory, SZ_1M);
	pr_info("registering a second heap with the same ID returned %d\n", ret);
	ret = tee_device_register(teedev);
	if (ret)
		goto err_device;
	return 0;

err_device:
	/* tee_device_unregister() waits until all buffers of the heap are freed. */
	tee_device_unregister(teedev);
err_memory:
	__free_pages(memory, get_order(SZ_1M));
	return ret;
}
module_init(dmaheap_tee_init);

static void __exit dmaheap_tee_exit(void)
{
	tee_device_unregister(teedev);
	__free_pages(memory, get_order(SZ_1M));
}
module_exit(dmaheap_tee_exit);

MODULE_DESCRIPTION("Test TEE with a protected heap");
MODULE_LICENSE("GPL");
