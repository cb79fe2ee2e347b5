/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the devices that allocate dma-bufs but are not DMA-BUF heaps.
 */
#ifndef DH_DISCOVER_FALLBACKS_H
#define DH_DISCOVER_FALLBACKS_H

#include "base/root.h"
#include "model/fallback.h"

/*
 * Adds the devices of the class rk_dma_heap of Rockchip's kernels, and /dev/udmabuf if it exists.
 * On the running system, also checks with faccessat() whether the caller may open the nodes.
 * Returns 0; -ENOMEM; or another -errno if the class exists but cannot be read. The caller frees
 * the devices, even after an error.
 */
int dh_fallbacks_read(const struct dh_root *root, struct dh_fallbacks *fallbacks);

#endif
