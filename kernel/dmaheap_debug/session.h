/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session uses a heap in the same steps as a driver. session_end() undoes all steps that
 * have been done.
 */
#ifndef DMAHEAP_DEBUG_SESSION_H
#define DMAHEAP_DEBUG_SESSION_H

#include <linux/dma-buf.h>
#include <linux/platform_device.h>

#include "accessors.h"

/**
 * struct session - resources that the steps have acquired
 * @accessors: accessors found so far
 * @heap: heap found, or NULL
 * @dmabuf: buffer allocated or imported, or NULL
 * @device: device that @attachment belongs to, or NULL
 * @attachment: attachment of @dmabuf, or NULL
 * @table: mapping of @attachment, or NULL
 * @map: kernel mapping of @dmabuf, if @vmapped
 * @vmapped: @dmabuf is mapped in the kernel
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
 * The caller serializes the steps. The steps return 0 or the error of the kernel function
 * that they call, or one of these errors:
 *
 *   -EOPNOTSUPP  The kernel does not export the accessor that the step needs.
 *   -EBUSY       The step was done already, or another step still uses the resource.
 *   -ENOTCONN    Another step must come first.
 *   -ENOENT      No heap has the name.
 *   -ERANGE      The DMA mask of the device does not cover the buffer.
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
