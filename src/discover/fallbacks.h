/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that allocate dma-bufs but are not dma-heaps. Programs use them on systems without heaps.
 */
#ifndef DH_DISCOVER_FALLBACKS_H
#define DH_DISCOVER_FALLBACKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/maybe.h"
#include "base/root.h"

/* /dev/udmabuf makes a dma-buf from the pages of memfds (drivers/dma-buf/udmabuf.c). */
struct dh_udmabuf {
	bool present;		    /* the node exists */
	struct dh_maybe list_limit; /* maximum number of parts of a buffer */
	struct dh_maybe size_limit; /* maximum size of a buffer, in bytes */
};

void dh_udmabuf_read(const struct dh_root *root, struct dh_udmabuf *udmabuf);

/*
 * Stores the names in the device class rk_dma_heap of Rockchip's kernels in `names`, separated by
 * ", ", or "" if there is no such class. The nodes are in /dev/rk_dma_heap and have their own
 * ioctls. Cuts the text if it does not fit.
 */
void dh_rk_heaps_read(const struct dh_root *root, char *names, size_t size);

#endif
