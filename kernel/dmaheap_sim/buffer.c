// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dma-buf exporter. The dma-buf operations of a kind of heap determine whether the CPU can
 * access the buffers: the dma-buf core rejects mmap and vmap of a buffer if these callbacks are
 * missing.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../compat.h"
#include "sim.h"

COMPAT_IMPORT_DMA_BUF();

/**
 * struct sim_attachment - attachment of a device to a buffer
 * @node: entry in buffer->attachments, protected by buffer->lock
 * @dev: the device
 * @table: copy of the buffer's scatter list, because dma_map_sgtable() writes DMA addresses
 *	to the list
 * @mapped: @table is mapped; protected by buffer->lock
 * @direction: direction of the mapping, if @mapped
 */
struct sim_attachment {
	struct list_head node;
	struct device *dev;
	struct sg_table table;
	bool mapped;
	enum dma_data_direction direction;
};

static int copy_table(struct sg_table *to, struct sg_table *from)
{
	struct scatterlist *in, *out;
	unsigned int i;
	int ret;

	ret = sg_alloc_table(to, from->orig_nents, GFP_KERNEL);
	if (ret)
		return ret;
	out = to->sgl;
	for_each_sgtable_sg(from, in, i) {
		sg_set_page(out, sg_page(in), in->length, in->offset);
		out = sg_next(out);
	}
	return 0;
}

static int sim_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct sim_buffer *buffer = dmabuf->priv;
	struct sim_attachment *a;
	int ret;

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	ret = copy_table(&a->table, &buffer->table);
	if (ret) {
		kfree(a);
		return ret;
	}
	a->dev = attachment->dev;
	attachment->priv = a;

	mutex_lock(&buffer->lock);
	list_add(&a->node, &buffer->attachments);
	buffer->attached++;
	mutex_unlock(&buffer->lock);
	return 0;
}

static void sim_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct sim_buffer *buffer = dmabuf->priv;
	struct sim_attachment *a = attachment->priv;

	mutex_lock(&buffer->lock);
	buffer->attached--;
	list_del(&a->node);
	mutex_unlock(&buffer->lock);

	sg_free_table(&a->table);
	kfree(a);
}

static struct sg_table *sim_map_dma_buf(struct dma_buf_attachment *attachment,
					enum dma_data_direction direction)
{
	struct sim_buffer *buffer = attachment->dmabuf->priv;
	struct sim_attachment *a = attachment->priv;
	int ret = -EBUSY;

	mutex_lock(&buffer->lock);
	/* A second mapping would overwrite the DMA addresses of the first one. */
	if (!a->mapped)
		ret = dma_map_sgtable(a->dev, &a->table, direction, 0);
	if (!ret) {
		a->mapped = true;
		a->direction = direction;
		buffer->mapped++;
	}
	mutex_unlock(&buffer->lock);
	return ret ? ERR_PTR(ret) : &a->table;
}

static void sim_unmap_dma_buf(struct dma_buf_attachment *attachment, struct sg_table *table,
			      enum dma_data_direction direction)
{
	struct sim_buffer *buffer = attachment->dmabuf->priv;
	struct sim_attachment *a = attachment->priv;

	mutex_lock(&buffer->lock);
	buffer->mapped--;
	a->mapped = false;
	dma_unmap_sgtable(a->dev, table, direction, 0);
	mutex_unlock(&buffer->lock);
}

/*
 * Sync each device mapping in its own direction, not in the direction of the CPU access: the DMA
 * API requires the direction that was passed to dma_map_sgtable().
 */
static int sim_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct sim_buffer *buffer = dmabuf->priv;
	struct sim_attachment *a;

	mutex_lock(&buffer->lock);
	if (buffer->vmapped)
		invalidate_kernel_vmap_range(buffer->vaddr, buffer->size);
	list_for_each_entry(a, &buffer->attachments, node)
		if (a->mapped)
			dma_sync_sgtable_for_cpu(a->dev, &a->table, a->direction);
	mutex_unlock(&buffer->lock);
	return 0;
}

static int sim_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	struct sim_buffer *buffer = dmabuf->priv;
	struct sim_attachment *a;

	mutex_lock(&buffer->lock);
	if (buffer->vmapped)
		flush_kernel_vmap_range(buffer->vaddr, buffer->size);
	list_for_each_entry(a, &buffer->attachments, node)
		if (a->mapped)
			dma_sync_sgtable_for_device(a->dev, &a->table, a->direction);
	mutex_unlock(&buffer->lock);
	return 0;
}

/*
 * Map page frame numbers, so that get_user_pages() cannot take page references that outlive
 * the buffer. The dma-buf core has checked the range.
 */
static int sim_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct sim_buffer *buffer = dmabuf->priv;
	unsigned long i = vma->vm_pgoff;
	unsigned long end = i + vma_pages(vma);
	unsigned long address = vma->vm_start;
	unsigned long pfn, run;
	int ret;

	/* Reject private mappings: a write would go to a copy that devices do not see. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	for (; i < end; i += run, address += run << PAGE_SHIFT) {
		pfn = page_to_pfn(buffer->pages[i]);
		for (run = 1; i + run < end; run++)
			if (page_to_pfn(buffer->pages[i + run]) != pfn + run)
				break;
		ret = remap_pfn_range(vma, address, pfn, run << PAGE_SHIFT, vma->vm_page_prot);
		if (ret)
			return ret;
	}
	return 0;
}

static void *vmap_get(struct sim_buffer *buffer)
{
	void *vaddr;

	mutex_lock(&buffer->lock);
	if (!buffer->vmapped)
		buffer->vaddr = vmap(buffer->pages, buffer->count, VM_MAP, PAGE_KERNEL);
	vaddr = buffer->vaddr;
	if (vaddr)
		buffer->vmapped++;
	mutex_unlock(&buffer->lock);
	return vaddr;
}

static void vmap_put(struct sim_buffer *buffer)
{
	mutex_lock(&buffer->lock);
	if (!--buffer->vmapped) {
		vunmap(buffer->vaddr);
		buffer->vaddr = NULL;
	}
	mutex_unlock(&buffer->lock);
}

#ifdef COMPAT_VMAP_RETURNS_ADDRESS
static void *sim_vmap(struct dma_buf *dmabuf)
{
	return vmap_get(dmabuf->priv);
}

static void sim_vunmap(struct dma_buf *dmabuf, void *vaddr)
{
	vmap_put(dmabuf->priv);
}
#else
static int sim_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	void *vaddr = vmap_get(dmabuf->priv);

	if (!vaddr)
		return -ENOMEM;
	iosys_map_set_vaddr(map, vaddr);
	return 0;
}

static void sim_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	vmap_put(dmabuf->priv);
	iosys_map_clear(map);
}
#endif

static void free_buffer(struct sim_buffer *buffer)
{
	sg_free_table(&buffer->table);
	sim_pages_put(buffer->heap, buffer->pages, buffer->count);
	kvfree(buffer->pages);
	sim_heap_put(buffer->heap);
	kfree(buffer);
}

static void sim_release(struct dma_buf *dmabuf)
{
	struct sim_buffer *buffer = dmabuf->priv;
	struct sim_heap *heap = buffer->heap;

	mutex_lock(&heap->lock);
	list_del(&buffer->node);
	heap->live--;
	heap->freed++;
	mutex_unlock(&heap->lock);
	free_buffer(buffer);
}

const struct dma_buf_ops sim_protected_ops = {
	.attach = sim_attach,
	.detach = sim_detach,
	.map_dma_buf = sim_map_dma_buf,
	.unmap_dma_buf = sim_unmap_dma_buf,
	.release = sim_release,
};

const struct dma_buf_ops sim_mappable_ops = {
	.attach = sim_attach,
	.detach = sim_detach,
	.map_dma_buf = sim_map_dma_buf,
	.unmap_dma_buf = sim_unmap_dma_buf,
	.begin_cpu_access = sim_begin_cpu_access,
	.end_cpu_access = sim_end_cpu_access,
	.mmap = sim_mmap,
	.vmap = sim_vmap,
	.vunmap = sim_vunmap,
	.release = sim_release,
};

/* Without the callbacks for CPU access, DMA_BUF_IOCTL_SYNC succeeds but synchronizes no caches. */
const struct dma_buf_ops sim_unsynced_ops = {
	.attach = sim_attach,
	.detach = sim_detach,
	.map_dma_buf = sim_map_dma_buf,
	.unmap_dma_buf = sim_unmap_dma_buf,
	.mmap = sim_mmap,
	.vmap = sim_vmap,
	.vunmap = sim_vunmap,
	.release = sim_release,
};

/* Writes to the last bytes of the buffer, which an incomplete check for zeros would miss. */
static void make_dirty(struct sim_buffer *buffer)
{
	static const char pattern[] = "not zeroed";

	sg_pcopy_from_buffer(buffer->table.sgl, buffer->table.orig_nents, pattern,
			     sizeof(pattern) - 1, buffer->size - (sizeof(pattern) - 1));
}

static struct sim_buffer *create_buffer(struct sim_heap *heap, size_t size)
{
	struct sim_buffer *buffer;
	int ret = -ENOMEM;

	/* Check the size before the allocation of the page array: the array itself can be large. */
	if (!size || size >> PAGE_SHIFT > min(heap->limit, totalram_pages()))
		return ERR_PTR(size ? -ENOMEM : -EINVAL);

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	kref_get(&heap->references);
	buffer->heap = heap;
	buffer->size = size;
	buffer->count = size >> PAGE_SHIFT;
	mutex_init(&buffer->lock);
	INIT_LIST_HEAD(&buffer->attachments);

	buffer->pages = kvmalloc_array(buffer->count, sizeof(*buffer->pages),
				       GFP_KERNEL | __GFP_NOWARN);
	if (!buffer->pages)
		goto free_struct;
	ret = sim_pages_get(heap, buffer->pages, buffer->count);
	if (ret)
		goto free_array;
	ret = sg_alloc_table_from_pages(&buffer->table, buffer->pages, buffer->count, 0, size,
					GFP_KERNEL);
	if (ret)
		goto put_pages;
	if (heap->kind->dirty)
		make_dirty(buffer);
	return buffer;

put_pages:
	sim_pages_put(heap, buffer->pages, buffer->count);
free_array:
	kvfree(buffer->pages);
free_struct:
	sim_heap_put(heap);
	kfree(buffer);
	return ERR_PTR(ret);
}

/**
 * sim_buffer_export() - allocate a buffer and export it as a dma-buf
 * @heap: heap, which the caller keeps alive until this function returns
 * @size: size in bytes, a multiple of the page size
 * @fd_flags: flags of the dma-buf's file
 *
 * The buffer holds a reference to the heap. The dma-buf holds a reference to the
 * module.
 *
 * Return: the dma-buf, or an error pointer: -EINVAL if @size is 0, -ENOMEM, -EINTR if the
 * task was killed, or an error from dma_buf_export().
 */
struct dma_buf *sim_buffer_export(struct sim_heap *heap, size_t size, unsigned int fd_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct sim_buffer *buffer;
	struct dma_buf *dmabuf;

	if (heap->kind->oversized)
		size += PAGE_SIZE;
	if (heap->kind->readonly)
		fd_flags = (fd_flags & ~O_ACCMODE) | O_RDONLY;
	buffer = create_buffer(heap, size);
	if (IS_ERR(buffer))
		return ERR_CAST(buffer);

	info.exp_name = heap->name;
	info.owner = THIS_MODULE;
	info.ops = heap->kind->ops;
	info.size = size;
	info.flags = fd_flags;
	info.priv = buffer;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		free_buffer(buffer);
		return dmabuf;
	}

	/* No other task can release the buffer yet, so sim_release() finds it in the list. */
	mutex_lock(&heap->lock);
	list_add_tail(&buffer->node, &heap->buffers);
	heap->live++;
	heap->allocated++;
	mutex_unlock(&heap->lock);
	return dmabuf;
}
