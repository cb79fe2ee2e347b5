/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a driver does with a heap, step by step, and undone from any step.
 */
#ifndef DMAHEAP_DEBUG_SESSION_H
#define DMAHEAP_DEBUG_SESSION_H

#include <linux/dma-buf.h>
#include <linux/platform_device.h>

#include "accessors.h"

/**
 * struct session - what is held
 * @accessors: in use
 * @heap: found, or NULL
 * @dmabuf: allocated or imported, or NULL
 * @device: that @attachment is of
 * @attachment: of @dmabuf, or NULL
 * @table: mapped for the device, or NULL
 * @map: for the CPU
 * @vmapped: whether @map is in use
 */
struct session {
	struct accessors accessors;
	struct dma_heap *heap;
	struct dma_buf *dmabuf;
	struct platform_device *device;
	struct dma_buf_attachment *attachment;
	struct sg_table *table;
	struct iosys_map map;
	bool vmapped;
};

/*
 * Each returns 0 or a negative errno: -EOPNOTSUPP where the kernel lacks the
 * function, -EBUSY for what was done already, -ENOTCONN for what needs another
 * step first.
 */
int session_find(struct session *session, const char *name);
int session_alloc(struct session *session, size_t size, u64 heap_flags);
int session_import(struct session *session, int fd);
int session_attach(struct session *session, unsigned int mask_bits);
int session_map(struct session *session);
int session_vmap(struct session *session);
int session_vunmap(struct session *session);
int session_unmap(struct session *session);
int session_detach(struct session *session);
int session_free(struct session *session);
int session_put(struct session *session);
void session_end(struct session *session);

#endif
