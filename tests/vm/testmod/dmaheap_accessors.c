// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that drivers call to use heaps (accessors), for tests on kernels that do not export
 * them. The accessors have the names of Android's functions and use the device node of the heap.
 * Each reference is an open file of the node. Allocation fails in kernel threads, because it uses
 * the memory and the descriptor table of a user process.
 */
#include <linux/dma-buf.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/dma-heap.h>

#include "compat.h"
#include "dmaheap_accessors.h"

/**
 * struct reference - reference that a caller holds to a heap
 * @list: entry in `references`
 * @file: open file of the heap's node; its private data is the heap
 */
struct reference {
	struct list_head list;
	struct file *file;
};

static bool walk;
module_param(walk, bool, 0400);
MODULE_PARM_DESC(walk, "Find also takes and puts a reference that it does not return");

/* Protects the list `references`. */
static DEFINE_MUTEX(references_lock);
static LIST_HEAD(references);

static struct dma_heap *take_reference(const char *name)
{
	struct reference *reference;
	char *path;

	reference = kzalloc(sizeof(*reference), GFP_KERNEL);
	path = kasprintf(GFP_KERNEL, "/dev/dma_heap/%.*s", (int)strcspn(name, "\n"), name);
	if (!reference || !path)
		goto fail;
	reference->file = filp_open(path, O_RDONLY | O_CLOEXEC, 0);
	if (IS_ERR(reference->file) || !reference->file->private_data)
		goto fail;
	kfree(path);
	mutex_lock(&references_lock);
	list_add(&reference->list, &references);
	mutex_unlock(&references_lock);
	return reference->file->private_data;
fail:
	if (reference && !IS_ERR_OR_NULL(reference->file))
		fput(reference->file);
	kfree(reference);
	kfree(path);
	return NULL;
}

/*
 * With "walk", first takes and puts another reference, as Android's function does for each heap
 * that does not match.
 */
struct dma_heap *dma_heap_find(const char *name)
{
	struct dma_heap *other;

	if (!name || strchr(name, '/'))
		return NULL;
	other = walk ? take_reference(name) : NULL;
	if (other)
		dma_heap_put(other);
	return take_reference(name);
}
EXPORT_SYMBOL_GPL(dma_heap_find);

static struct reference *look_up(const struct dma_heap *heap)
{
	struct reference *reference;

	lockdep_assert_held(&references_lock);
	list_for_each_entry(reference, &references, list) {
		if (reference->file->private_data == heap)
			return reference;
	}
	return NULL;
}

noinline void dma_heap_put(struct dma_heap *heap)
{
	struct reference *reference;

	mutex_lock(&references_lock);
	reference = look_up(heap);
	if (reference)
		list_del(&reference->list);
	mutex_unlock(&references_lock);
	if (WARN_ON(!reference))
		return;
	fput(reference->file);
	kfree(reference);
}
EXPORT_SYMBOL_GPL(dma_heap_put);

/* The ioctl reads its argument from user memory, so map a page for it. */
static struct dma_buf *allocate(struct file *file, struct dma_heap_allocation_data *data)
{
	struct dma_buf *dmabuf;
	unsigned long page;
	long ret;

	page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(page))
		return ERR_PTR(page);
	ret = -EFAULT;
	if (!copy_to_user((void __user *)page, data, sizeof(*data)))
		ret = file->f_op->unlocked_ioctl(file, DMA_HEAP_IOCTL_ALLOC, page);
	if (!ret && copy_from_user(data, (void __user *)page, sizeof(*data)))
		ret = -EFAULT;
	vm_munmap(page, PAGE_SIZE);
	if (ret)
		return ERR_PTR(ret);
	dmabuf = dma_buf_get(data->fd);
	close_fd(data->fd);
	return dmabuf;
}

struct dma_buf *dma_heap_buffer_alloc(struct dma_heap *heap, size_t len, u32 fd_flags,
				      u64 heap_flags)
{
	struct dma_heap_allocation_data data = {
		.len = len,
		.fd_flags = fd_flags,
		.heap_flags = heap_flags,
	};
	struct reference *reference;
	struct dma_buf *dmabuf;
	struct file *file;

	if (!current->mm)
		return ERR_PTR(-EINVAL);
	mutex_lock(&references_lock);
	reference = look_up(heap);
	file = reference ? get_file(reference->file) : NULL;
	mutex_unlock(&references_lock);
	if (!file)
		return ERR_PTR(-ENODEV);
	dmabuf = allocate(file, &data);
	fput(file);
	return dmabuf;
}
EXPORT_SYMBOL_GPL(dma_heap_buffer_alloc);

static int __init dmaheap_accessors_init(void)
{
	return 0;
}
module_init(dmaheap_accessors_init);

/* Drop leaked references, so that they do not affect later tests. */
static void __exit dmaheap_accessors_exit(void)
{
	struct reference *reference, *next;

	list_for_each_entry_safe(reference, next, &references, list) {
		fput(reference->file);
		kfree(reference);
	}
}
module_exit(dmaheap_accessors_exit);

MODULE_DESCRIPTION("Test accessors of DMA-BUF heaps for kernels without accessors");
MODULE_LICENSE("GPL");
COMPAT_IMPORT_DMA_BUF();
