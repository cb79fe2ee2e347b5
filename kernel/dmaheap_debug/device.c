// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dma-mapping.h>

#include "device.h"
#include "dmaheap_debug.h"

/**
 * importer_create() - create a platform device that can attach to buffers
 * @mask_bits: number of address bits in the DMA mask of the device, 1 to 64
 *
 * Return: the device, to be freed with platform_device_unregister(), or an error
 * pointer: -EIO if no memory of the system is within the mask.
 */
struct platform_device *importer_create(unsigned int mask_bits)
{
	struct platform_device_info info = {
		.name = DMAHEAP_DEBUG_MODULE,
		.id = PLATFORM_DEVID_AUTO,
		.dma_mask = DMA_BIT_MASK(mask_bits),
	};
	struct platform_device *device = platform_device_register_full(&info);
	int ret;

	if (IS_ERR(device))
		return device;
	/* platform_device_register_full() does not check whether the system supports the mask. */
	ret = dma_set_mask_and_coherent(&device->dev, info.dma_mask);
	if (ret) {
		platform_device_unregister(device);
		return ERR_PTR(ret);
	}
	/* Heaps may create segments longer than 64 KiB, the default limit of a device. */
	dma_set_max_seg_size(&device->dev, UINT_MAX);
	return device;
}
