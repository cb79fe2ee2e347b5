// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers heaps, allocates buffers from them, and removes heaps.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../compat.h"
#include "sim.h"

LIST_HEAD(sim_heaps);
/* Protects the list sim_heaps, but not the heaps in it. */
DEFINE_MUTEX(sim_heaps_lock);

/*
 * Serializes additions and removals of heaps. A removal holds this lock until the kernel
 * has removed the heap, because the name is in use until then. Allocations do not take this
 * lock, so that a removal can wait for them.
 */
static DEFINE_MUTEX(change_lock);

/* Called by kref_put_mutex() with sim_heaps_lock held. */
static void destroy_heap(struct kref *references)
{
	struct sim_heap *heap = container_of(references, struct sim_heap, references);

	list_del(&heap->node);
	mutex_unlock(&sim_heaps_lock);
	sim_carveout_destroy(heap);
	kfree(heap);
}

/* The caller must hold neither sim_heaps_lock nor heap->lock. */
void sim_heap_put(struct sim_heap *heap)
{
	kref_put_mutex(&heap->references, destroy_heap, &sim_heaps_lock);
}

/*
 * Counts a request, and injects the delay and the error that heap->faults specifies. Returns 0 or
 * -errno: the injected errno, -EINTR if the task is killed during the delay, or -ENODEV if the heap
 * is removed.
 */
static int apply_faults(struct sim_heap *heap)
{
	const struct sim_faults *faults = &heap->faults;
	unsigned long request;
	long timeout = msecs_to_jiffies(faults->delay_ms);

	mutex_lock(&heap->lock);
	request = ++heap->requests;
	mutex_unlock(&heap->lock);

	timeout = wait_event_killable_timeout(heap->removal, READ_ONCE(heap->removed), timeout);
	if (timeout < 0)
		return -EINTR;
	if (READ_ONCE(heap->removed))
		return -ENODEV;
	if (faults->every && request > faults->after &&
	    (request - faults->after) % faults->every == 0)
		return -faults->error;
	return 0;
}

/* Installs a second descriptor of the buffer. The ioctl does not return this descriptor. */
static void leak_descriptor(struct dma_buf *dmabuf)
{
	get_dma_buf(dmabuf);
	if (dma_buf_fd(dmabuf, O_CLOEXEC) < 0)
		dma_buf_put(dmabuf);
}

/* dma_heap_remove() waits until this function returns. */
static struct dma_buf *allocate(struct dma_heap *dma_heap, unsigned long size,
				unsigned int fd_flags)
{
	struct sim_heap *heap = sim_dma_heap_get_drvdata(dma_heap);
	struct dma_buf *dmabuf;
	int ret;

	ret = apply_faults(heap);
	dmabuf = ret ? ERR_PTR(ret) : sim_buffer_export(heap, size, fd_flags);
	if (IS_ERR(dmabuf)) {
		mutex_lock(&heap->lock);
		heap->failed++;
		mutex_unlock(&heap->lock);
		if (heap->kind->wrong_errno && PTR_ERR(dmabuf) == -ENOMEM)
			return ERR_PTR(-EIO);
	} else if (heap->kind->leaks_fd) {
		leak_descriptor(dmabuf);
	}
	return dmabuf;
}

#ifdef COMPAT_ALLOCATE_RETURNS_FD
static int sim_allocate(struct dma_heap *dma_heap, unsigned long size, COMPAT_FD_FLAGS fd_flags,
			COMPAT_HEAP_FLAGS heap_flags)
{
	struct dma_buf *dmabuf = allocate(dma_heap, size, fd_flags);
	int fd;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	fd = dma_buf_fd(dmabuf, fd_flags);
	if (fd < 0)
		dma_buf_put(dmabuf);
	return fd;
}
#else
static struct dma_buf *sim_allocate(struct dma_heap *dma_heap, unsigned long size,
				    COMPAT_FD_FLAGS fd_flags, COMPAT_HEAP_FLAGS heap_flags)
{
	return allocate(dma_heap, size, fd_flags);
}
#endif

static const struct dma_heap_ops sim_heap_ops = {
	.allocate = sim_allocate,
};

/*
 * Checks the name before the registration, because some kernels detect a duplicate only
 * when they create the device, and sysfs then prints a call trace. Returns false if the
 * name is free or cannot be checked.
 */
static bool name_is_taken(const struct sim_heap *heap)
{
	char *path = kasprintf(GFP_KERNEL, "/sys/class/dma_heap/%s", heap->name);
	struct path found;
	bool taken;

	if (!path)
		return false;
	taken = !kern_path(path, 0, &found);
	if (taken)
		path_put(&found);
	kfree(path);
	return taken;
}

static int prepare_heap(struct sim_heap *heap)
{
	int ret;

	if (name_is_taken(heap)) {
		pr_err("heap '%s': a heap with this name already exists\n", heap->name);
		return -EEXIST;
	}
	if (!heap->kind->carved)
		return 0;
	ret = sim_carveout_create(heap);
	if (ret)
		pr_err("heap '%s': cannot allocate %lu KiB of contiguous memory\n",
		       heap->name, heap->limit << (PAGE_SHIFT - 10));
	return ret;
}

static int prepare_heaps(struct list_head *requested)
{
	struct sim_heap *heap;
	unsigned int count = 0;
	int ret;

	mutex_lock(&sim_heaps_lock);
	list_for_each_entry(heap, &sim_heaps, node)
		count += !heap->removed;
	mutex_unlock(&sim_heaps_lock);

	list_for_each_entry(heap, requested, node) {
		if (++count > SIM_HEAPS_MAX) {
			pr_err("too many heaps: the limit is %d\n", SIM_HEAPS_MAX);
			return -EINVAL;
		}
		ret = prepare_heap(heap);
		if (ret)
			return ret;
	}
	return 0;
}

/* User space can open and use the heap before this function returns. */
static int register_heap(struct sim_heap *heap)
{
	struct compat_export_info info = {
		.known = {
			.name = heap->name,
			.ops = &sim_heap_ops,
			.priv = heap,
		},
	};
	struct dma_heap *dma_heap = sim_dma_heap_add(&info.known);

	if (IS_ERR(dma_heap)) {
		pr_err("heap '%s': dma_heap_add() failed: %pe\n", heap->name, dma_heap);
		return PTR_ERR(dma_heap);
	}
	heap->dma_heap = dma_heap;
	mutex_lock(&sim_heaps_lock);
	list_move_tail(&heap->node, &sim_heaps);
	mutex_unlock(&sim_heaps_lock);
	pr_info("heap '%s': %s%s%s, %lu KiB\n", heap->name, heap->kind->name,
		heap->kind->fault ? ":" : "", heap->kind->fault ?: "",
		heap->limit << (PAGE_SHIFT - 10));
	return 0;
}

/**
 * sim_heaps_add() - create and register heaps
 * @text: list of heaps, in the format of the parameter "heaps"
 * @added: set to the number of registered heaps, also on error
 *
 * Registers no heap if @text is invalid, a name is in use, there are too many heaps, or
 * there is not enough memory for them. If the kernel rejects a heap, the heaps before it
 * stay registered, and the log names the rejected heap.
 *
 * Return: 0, -EINVAL if @text is invalid or there are too many heaps, -EEXIST if a name is in
 * use, -ENOMEM, or an error from dma_heap_add().
 */
int sim_heaps_add(const char *text, unsigned int *added)
{
	struct sim_heap *heap, *next;
	LIST_HEAD(requested);
	int ret;

	*added = 0;
	ret = sim_parse_heaps(text, &requested);
	if (ret)
		return ret;
	mutex_lock(&change_lock);
	ret = prepare_heaps(&requested);
	list_for_each_entry_safe(heap, next, &requested, node) {
		if (!ret)
			ret = register_heap(heap);
		if (ret)
			break;
		++*added;
	}
	mutex_unlock(&change_lock);
	if (ret && *added)
		pr_err("the heap that failed and the heaps after it were not added\n");
	sim_free_heaps(&requested);
	return ret;
}

/*
 * Returns a heap that is not removed: the heap with the name @name, or any heap if @name is NULL.
 * Returns NULL if there is no such heap.
 */
static struct sim_heap *find_registered_heap(const char *name)
{
	struct sim_heap *heap, *found = NULL;

	mutex_lock(&sim_heaps_lock);
	list_for_each_entry(heap, &sim_heaps, node)
		if (!heap->removed && (!name || !strcmp(heap->name, name)))
			found = heap;
	mutex_unlock(&sim_heaps_lock);
	return found;
}

static void unregister_heap(struct sim_heap *heap)
{
	lockdep_assert_held(&change_lock);
	/* Wake the delayed requests, because dma_heap_remove() waits until they return. */
	WRITE_ONCE(heap->removed, true);
	wake_up_all(&heap->removal);
	sim_dma_heap_remove(heap->dma_heap);
	sim_heap_put(heap);
}

/**
 * sim_heap_remove() - remove a heap
 * @name: name of the heap
 *
 * The buffers of the heap stay valid. Delayed requests return -ENODEV.
 *
 * Return: 0, -ENOENT if no heap has this name, or -EOPNOTSUPP if this kernel cannot
 * remove heaps.
 */
int sim_heap_remove(const char *name)
{
	struct sim_heap *heap;

	if (!sim_can_remove())
		return -EOPNOTSUPP;
	mutex_lock(&change_lock);
	heap = find_registered_heap(name);
	if (heap)
		unregister_heap(heap);
	mutex_unlock(&change_lock);
	if (heap)
		pr_info("heap '%s': removed\n", name);
	return heap ? 0 : -ENOENT;
}

void sim_heaps_remove_all(void)
{
	struct sim_heap *heap;

	mutex_lock(&change_lock);
	while ((heap = find_registered_heap(NULL)))
		unregister_heap(heap);
	mutex_unlock(&change_lock);
}
