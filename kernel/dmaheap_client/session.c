// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/module.h>

#include "client.h"

/**
 * accessors_get() - look up the accessors that are still missing
 * @accessors: accessors that have been found; this function adds more
 *
 * Call this function before each use: a module loaded since the last call may export more
 * accessors. Until accessors_put(), each accessor pins the module that exports it.
 */
static void accessors_get(struct accessors *accessors)
{
	if (!accessors->find) {
		accessors->find_name = ACCESSOR_FIND;
		accessors->find = __symbol_get(ACCESSOR_FIND);
	}
	if (!accessors->find) {
		accessors->find_name = ACCESSOR_FIND_ANDROID;
		accessors->find = __symbol_get(ACCESSOR_FIND_ANDROID);
	}
	if (!accessors->put)
		accessors->put = __symbol_get(ACCESSOR_PUT);
	if (!accessors->alloc)
		accessors->alloc = __symbol_get(ACCESSOR_ALLOC);
}

static void accessors_put(struct accessors *accessors)
{
	if (accessors->find)
		__symbol_put(accessors->find_name);
	if (accessors->put)
		__symbol_put(ACCESSOR_PUT);
	if (accessors->alloc)
		__symbol_put(ACCESSOR_ALLOC);
	*accessors = (struct accessors) { };
}

/*
 * __nocfi: the prototype of an accessor may differ from that in struct accessors, for
 * example in the width of a flags argument. On 64-bit architectures, the call works, but kernels
 * with CFI reject it without __nocfi.
 */
int __nocfi session_find(struct session *session, const char *name)
{
	struct dma_heap *heap;

	accessors_get(&session->accessors);
	if (!session->accessors.find)
		return -EOPNOTSUPP;
	if (session->heap)
		return -EBUSY;
	heap = session->accessors.find(name);
	if (IS_ERR_OR_NULL(heap))
		return heap ? PTR_ERR(heap) : -ENOENT;
	session->heap = heap;
	return 0;
}

int __nocfi session_alloc(struct session *session, size_t size, u64 heap_flags)
{
	struct dma_buf *dmabuf;

	accessors_get(&session->accessors);
	if (!session->accessors.alloc)
		return -EOPNOTSUPP;
	if (!session->heap)
		return -ENOTCONN;
	if (session->dmabuf)
		return -EBUSY;
	/* Before 6.6, the accessor takes 32-bit flags: reject flags that would be truncated. */
	if ((compat_heap_flags)heap_flags != heap_flags)
		return -EINVAL;
	dmabuf = session->accessors.alloc(session->heap, size, O_RDWR | O_CLOEXEC, heap_flags);
	if (IS_ERR_OR_NULL(dmabuf))
		return dmabuf ? PTR_ERR(dmabuf) : -ENOMEM;
	session->dmabuf = dmabuf;
	return 0;
}

int session_import(struct session *session, int fd)
{
	struct dma_buf *dmabuf;

	if (session->dmabuf)
		return -EBUSY;
	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	session->dmabuf = dmabuf;
	return 0;
}

int session_attach(struct session *session, unsigned int mask_bits)
{
	struct dma_buf_attachment *attachment;
	struct platform_device *device;

	if (!session->dmabuf)
		return -ENOTCONN;
	if (session->attachment)
		return -EBUSY;
	device = importer_create(mask_bits);
	if (IS_ERR(device))
		return PTR_ERR(device);
	attachment = dma_buf_attach(session->dmabuf, &device->dev);
	if (IS_ERR(attachment)) {
		platform_device_unregister(device);
		return PTR_ERR(attachment);
	}
	session->device = device;
	session->attachment = attachment;
	return 0;
}

/*
 * Checks that the DMA mask of the device covers the buffer. Otherwise, the DMA layer would warn, or
 * would map a copy that the exporter may not synchronize.
 */
static int check_mask(const struct session *session)
{
	u64 highest;
	int ret = inspect_highest(session->dmabuf, &highest);

	if (!ret && highest > dma_get_mask(&session->device->dev))
		ret = -ERANGE;
	return ret;
}

int session_map(struct session *session)
{
	struct sg_table *table;
	int ret;

	if (!session->attachment)
		return -ENOTCONN;
	if (session->table)
		return -EBUSY;
	ret = check_mask(session);
	if (ret)
		return ret;
	table = dma_buf_map_attachment_unlocked(session->attachment, DMA_BIDIRECTIONAL);
	if (IS_ERR_OR_NULL(table))
		return table ? PTR_ERR(table) : -ENOMEM;
	session->table = table;
	return 0;
}

int session_vmap(struct session *session)
{
	int ret;

	if (!session->dmabuf)
		return -ENOTCONN;
	if (session->vmapped)
		return -EBUSY;
	ret = dma_buf_vmap_unlocked(session->dmabuf, &session->map);
	session->vmapped = !ret;
	return ret;
}

int session_vunmap(struct session *session)
{
	if (!session->vmapped)
		return -ENOTCONN;
	dma_buf_vunmap_unlocked(session->dmabuf, &session->map);
	session->vmapped = false;
	return 0;
}

int session_unmap(struct session *session)
{
	if (!session->table)
		return -ENOTCONN;
	dma_buf_unmap_attachment_unlocked(session->attachment, session->table, DMA_BIDIRECTIONAL);
	session->table = NULL;
	return 0;
}

int session_detach(struct session *session)
{
	if (!session->attachment)
		return -ENOTCONN;
	if (session->table)
		return -EBUSY;
	dma_buf_detach(session->dmabuf, session->attachment);
	platform_device_unregister(session->device);
	session->attachment = NULL;
	session->device = NULL;
	return 0;
}

int session_free(struct session *session)
{
	if (!session->dmabuf)
		return -ENOTCONN;
	if (session->attachment || session->vmapped)
		return -EBUSY;
	dma_buf_put(session->dmabuf);
	session->dmabuf = NULL;
	return 0;
}

int __nocfi session_put(struct session *session)
{
	accessors_get(&session->accessors);
	if (!session->accessors.put)
		return -EOPNOTSUPP;
	if (!session->heap)
		return -ENOTCONN;
	session->accessors.put(session->heap);
	session->heap = NULL;
	return 0;
}

/*
 * Releases all resources of the session. Undoing a step that was not done fails without
 * effect, so call all functions unconditionally.
 */
void session_end(struct session *session)
{
	session_unmap(session);
	session_detach(session);
	session_vunmap(session);
	session_free(session);
	session_put(session);
	accessors_put(&session->accessors);
}
