// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heaps there are: how they come, allocate, and go.
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
/* Protects the list, not what is in it. */
DEFINE_MUTEX(sim_heaps_lock);

/*
 * One change at a time, to its end: a name is free again when the kernel has
 * let go of it. Allocations do not take it, so that removal may wait for them.
 */
static DEFINE_MUTEX(change_lock);

static void destroy(struct kref *references)
{
	struct sim_heap *heap = container_of(references, struct sim_heap, references);

	list_del(&heap->node);
	mutex_unlock(&sim_heaps_lock);
	sim_carveout_destroy(heap);
	kfree(heap);
}

/* To be called without the heap's own lock */
void sim_heap_put(struct sim_heap *heap)
{
	kref_put_mutex(&heap->references, destroy, &sim_heaps_lock);
}

/* What this heap makes of a request before it looks at the size */
static int suffer(struct sim_heap *heap)
{
	const struct sim_faults *faults = &heap->faults;
	unsigned long request;
	long rest = msecs_to_jiffies(faults->delay_ms);

	mutex_lock(&heap->lock);
	request = ++heap->requests;
	mutex_unlock(&heap->lock);

	rest = wait_event_killable_timeout(heap->removal, READ_ONCE(heap->removed), rest);
	if (rest < 0)
		return -EINTR;
	if (READ_ONCE(heap->removed))
		return -ENODEV;
	if (faults->every && request > faults->after &&
	    (request - faults->after) % faults->every == 0)
		return -faults->error;
	return 0;
}

/* The kernel waits for this before it has removed a heap. */
static struct dma_buf *allocate(struct dma_heap *dma_heap, unsigned long size,
				unsigned int fd_flags)
{
	struct sim_heap *heap = sim_dma_heap_get_drvdata(dma_heap);
	struct dma_buf *dmabuf;
	int ret;

	ret = suffer(heap);
	dmabuf = ret ? ERR_PTR(ret) : sim_buffer_export(heap, size, fd_flags);
	if (IS_ERR(dmabuf)) {
		mutex_lock(&heap->lock);
		heap->refused++;
		mutex_unlock(&heap->lock);
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
 * The kernel sees that a name is taken only after it has tried to make the
 * device, at which sysfs complains with a call trace.
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

static int prepare(struct sim_heap *heap)
{
	int ret;

	if (name_is_taken(heap)) {
		pr_err("heap '%s': there is one of this name\n", heap->name);
		return -EEXIST;
	}
	if (!heap->kind->carved)
		return 0;
	ret = sim_carveout_create(heap);
	if (ret)
		pr_err("heap '%s': no %lu KiB of contiguous memory\n", heap->name,
		       heap->limit << (PAGE_SHIFT - 10));
	return ret;
}

static int prepare_all(struct list_head *asked)
{
	struct sim_heap *heap;
	unsigned int count = 0;
	int ret;

	mutex_lock(&sim_heaps_lock);
	list_for_each_entry(heap, &sim_heaps, node)
		count += !heap->removed;
	mutex_unlock(&sim_heaps_lock);

	list_for_each_entry(heap, asked, node) {
		if (++count > SIM_HEAPS_MAX) {
			pr_err("more than %d heaps\n", SIM_HEAPS_MAX);
			return -EINVAL;
		}
		ret = prepare(heap);
		if (ret)
			return ret;
	}
	return 0;
}

/* The heap's node is there, and used, before this returns. */
static int add(struct sim_heap *heap)
{
	struct compat_export_info info = {
		.known = {
			.name = heap->name,
			.ops = &sim_heap_ops,
			.priv = heap,
			COMPAT_HEAP_OWNER
		},
	};
	struct dma_heap *dma_heap = sim_dma_heap_add(&info.known);

	if (IS_ERR(dma_heap)) {
		pr_err("heap '%s': the kernel does not register it (%pe)\n", heap->name,
		       dma_heap);
		return PTR_ERR(dma_heap);
	}
	heap->dma_heap = dma_heap;
	mutex_lock(&sim_heaps_lock);
	list_move_tail(&heap->node, &sim_heaps);
	mutex_unlock(&sim_heaps_lock);
	pr_info("heap '%s': %s, %lu KiB\n", heap->name, heap->kind->name,
		heap->limit << (PAGE_SHIFT - 10));
	return 0;
}

/**
 * sim_heaps_add() - makes heaps, and registers them one after the other
 * @text: as the parameter "heaps"
 * @added: how many came to be, also if the return is an error
 *
 * What is wrong with the text or cannot be had leaves none; should the kernel
 * refuse one after that, those before it stay. The log says which.
 *
 * Return: 0, -EINVAL, -EEXIST, -ENOMEM or what the kernel refused it with.
 */
int sim_heaps_add(const char *text, unsigned int *added)
{
	struct sim_heap *heap, *next;
	LIST_HEAD(asked);
	int ret;

	*added = 0;
	ret = sim_parse_heaps(text, &asked);
	if (ret)
		return ret;
	mutex_lock(&change_lock);
	ret = prepare_all(&asked);
	list_for_each_entry_safe(heap, next, &asked, node) {
		if (!ret)
			ret = add(heap);
		if (ret)
			break;
		++*added;
	}
	mutex_unlock(&change_lock);
	if (ret && *added)
		pr_err("that heap and those after it are missing\n");
	sim_free_heaps(&asked);
	return ret;
}

static struct sim_heap *registered(const char *name)
{
	struct sim_heap *heap, *found = NULL;

	mutex_lock(&sim_heaps_lock);
	list_for_each_entry(heap, &sim_heaps, node)
		if (!heap->removed && (!name || !strcmp(heap->name, name)))
			found = heap;
	mutex_unlock(&sim_heaps_lock);
	return found;
}

static void remove(struct sim_heap *heap)
{
	lockdep_assert_held(&change_lock);
	WRITE_ONCE(heap->removed, true);
	wake_up_all(&heap->removal);
	sim_dma_heap_remove(heap->dma_heap);
	sim_heap_put(heap);
}

/**
 * sim_heap_remove() - takes a heap from the kernel
 * @name: of the heap
 *
 * Its buffers live on. Requests that wait are answered.
 *
 * Return: 0, -ENOENT, or -EOPNOTSUPP where heaps cannot be removed.
 */
int sim_heap_remove(const char *name)
{
	struct sim_heap *heap;

	if (!sim_can_remove())
		return -EOPNOTSUPP;
	mutex_lock(&change_lock);
	heap = registered(name);
	if (heap)
		remove(heap);
	mutex_unlock(&change_lock);
	if (heap)
		pr_info("heap '%s': removed\n", name);
	return heap ? 0 : -ENOENT;
}

void sim_heaps_remove_all(void)
{
	struct sim_heap *heap;

	mutex_lock(&change_lock);
	while ((heap = registered(NULL)))
		remove(heap);
	mutex_unlock(&change_lock);
}
