/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations that the source files of dmaheap_client share. */
#ifndef DMAHEAP_CLIENT_CLIENT_H
#define DMAHEAP_CLIENT_CLIENT_H

#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>

#include "compat.h"
#include "dmaheap_debug.h"

struct dma_heap;

/*
 * inspect.c: creates platform devices without hardware, maps buffers for them, and prints the
 * memory layout of the buffers.
 */
extern const struct file_operations inspect_operations;
int inspect_init(void);
void inspect_exit(void);
int inspect_highest(struct dma_buf *dmabuf, u64 *highest);
struct platform_device *importer_create(unsigned int mask_bits);
int sg_layout_print(char *to, size_t size, struct sg_table *table);

/* client.c: runs the steps of a session at the request of a process. */
extern const struct file_operations client_operations;

/*
 * session.c: uses a heap step by step, as a driver does. session_end() undoes all steps of the
 * session.
 */

/**
 * struct accessors - kernel functions for drivers that use heaps; NULL if not exported
 * @find: looks up a heap by name and takes a reference
 * @put: drops the reference that @find took
 * @alloc: allocates a buffer from a heap
 * @find_name: exported name of @find, for __symbol_put(); valid if @find is not NULL
 */
struct accessors {
	struct dma_heap *(*find)(const char *name);
	void (*put)(struct dma_heap *heap);
	struct dma_buf *(*alloc)(struct dma_heap *heap, size_t length, unsigned int fd_flags,
				 compat_heap_flags heap_flags);
	const char *find_name;
};

#define ACCESSOR_FIND "dma_heap_find_by_name"
#define ACCESSOR_FIND_ANDROID "dma_heap_find"
#define ACCESSOR_PUT "dma_heap_put"
#define ACCESSOR_ALLOC "dma_heap_buffer_alloc"

/**
 * struct session - resources that the steps have acquired
 * @accessors: accessors that have been found
 * @heap: heap that has been found, or NULL
 * @dmabuf: buffer allocated or imported, or NULL
 * @device: device of @attachment, or NULL
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
 * The caller serializes the steps. The steps return 0 or the error from the kernel function
 * that they call, or one of these errors:
 *
 *   -EOPNOTSUPP  The kernel does not export the accessor that the step needs.
 *   -EBUSY       The step is already done, or another step still uses the resource.
 *   -ENOTCONN    Another step must come first.
 *   -ENOENT      No heap has this name.
 *   -ERANGE      The DMA mask of the device does not cover the buffer.
 *   -EINVAL      The allocation function of the kernel would truncate heap_flags.
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
