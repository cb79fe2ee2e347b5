/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that allocate dma-bufs but are not DMA-BUF heaps. Programs use them on systems without
 * heaps.
 */
#ifndef DH_MODEL_FALLBACK_H
#define DH_MODEL_FALLBACK_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/maybe.h"
#include "model/inventory.h"

enum dh_fallback_kind {
	DH_FALLBACK_ROCKCHIP, /* heap of Rockchip's kernels, with its own ioctls */
	DH_FALLBACK_UDMABUF,  /* turns pages of memfds into dma-bufs (drivers/dma-buf/udmabuf.c) */
};

struct dh_fallback {
	enum dh_fallback_kind kind;
	char node[280];		    /* "/dev/udmabuf" or "/dev/rk_dma_heap/NAME" */
	enum dh_access access;	    /* DH_ACCESS_UNKNOWN: recorded tree */
	int access_error;	    /* errno with DH_ACCESS_REFUSED, else 0 */
	struct dh_maybe list_limit; /* udmabuf: maximum number of memfd ranges in a buffer */
	struct dh_maybe size_limit; /* udmabuf: maximum size of a buffer, in bytes */
};

/* A zeroed struct is an empty list. */
struct dh_fallbacks {
	struct dh_fallback *each;
	size_t n;
};

/* Returns the name of the device: the last component of its path. */
static inline const char *dh_fallback_name(const struct dh_fallback *device)
{
	return strrchr(device->node, '/') + 1;
}

static inline void dh_auto_fallbacks(struct dh_fallbacks *fallbacks)
{
	free(fallbacks->each);
}

#endif
