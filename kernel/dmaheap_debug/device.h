/* SPDX-License-Identifier: GPL-2.0-only */
/* Creates platform devices that import buffers; the devices have no hardware. */
#ifndef DMAHEAP_DEBUG_DEVICE_H
#define DMAHEAP_DEBUG_DEVICE_H

#include <linux/platform_device.h>

struct platform_device *importer_create(unsigned int mask_bits);

#endif
