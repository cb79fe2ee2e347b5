// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaheap_sim - DMA-BUF heaps without hardware, for tests
 *
 * Its heaps behave as those of hardware do that few machines have: memory that
 * the CPU may not touch, a region that runs out, and allocations that fail or
 * take their time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../compat.h"
#include "sim.h"

static char *heaps = "protected:protected:64M";
module_param(heaps, charp, 0444);
MODULE_PARM_DESC(heaps, "NAME[:KIND[:SIZE]][:OPTION=VALUE]...[;NAME...] with the kinds protected, carveout, failing, slow and the options after=N, every=N, errno=E, delay=MS (default: protected:protected:64M)");

static LIST_HEAD(sim_heaps);

/*
 * Held by the load for as long as it registers heaps: their nodes are there at
 * once, and an allocation must wait for the load's outcome. Removal does not
 * hold it while it waits for allocations.
 */
static DEFINE_MUTEX(sim_heaps_lock);

/* The load has failed, and what it has registered is being removed. */
static bool failed; /* under sim_heaps_lock */

/*
 * By comparison, since dma_heap_get_drvdata() is one more function that may
 * not be exported. The list is constant, and the heap lives on until the
 * kernel has removed it.
 */
static struct sim_heap *heap_of(struct dma_heap *dma_heap)
{
	struct sim_heap *heap, *found = NULL;

	mutex_lock(&sim_heaps_lock);
	list_for_each_entry(heap, &sim_heaps, node)
		if (!failed && heap->dma_heap == dma_heap)
			found = heap;
	mutex_unlock(&sim_heaps_lock);
	return found;
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

	while (rest) {
		rest = schedule_timeout_killable(rest);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	if (faults->every && request > faults->after &&
	    (request - faults->after) % faults->every == 0)
		return -faults->error;
	return 0;
}

static struct dma_buf *allocate(struct dma_heap *dma_heap, unsigned long size,
				unsigned int fd_flags)
{
	struct sim_heap *heap = heap_of(dma_heap);
	struct dma_buf *dmabuf;
	int ret;

	if (!heap)
		return ERR_PTR(-ENODEV);
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
		return -EINVAL;
	}
	if (!heap->kind->carved)
		return 0;
	ret = sim_carveout_create(heap);
	if (ret)
		pr_err("heap '%s': no %lu KiB of contiguous memory\n", heap->name,
		       heap->limit << (PAGE_SHIFT - 10));
	return ret;
}

static int __nocfi add(struct sim_heap *heap)
{
	struct dma_heap_export_info info = {
		.name = heap->name,
		.ops = &sim_heap_ops,
		.priv = heap,
#ifdef DMA_HEAP_HAS_OWNER
		.owner = THIS_MODULE,
#endif
	};
	struct dma_heap *dma_heap;

	dma_heap = sim_symbols.dma_heap_add(&info);
	if (IS_ERR(dma_heap)) {
		pr_err("heap '%s': the kernel does not register it (%pe)\n", heap->name,
		       dma_heap);
		/* -EEXIST would tell modprobe that the module is there already. */
		return PTR_ERR(dma_heap) == -EEXIST ? -EINVAL : PTR_ERR(dma_heap);
	}
	heap->dma_heap = dma_heap;
	pr_info("heap '%s': %s, %lu KiB\n", heap->name, heap->kind->name,
		heap->limit << (PAGE_SHIFT - 10));
	return 0;
}

static void __nocfi remove_all(void)
{
	struct sim_heap *heap;

	list_for_each_entry(heap, &sim_heaps, node)
		if (heap->dma_heap)
			sim_symbols.dma_heap_remove(heap->dma_heap);
}

/*
 * Registers all heaps or none, unless the kernel cannot take back those that
 * it has already: then code and data must stay for them, and the load succeeds.
 */
static int register_all(void)
{
	struct sim_heap *heap;
	bool some = false;
	int ret = 0;

	mutex_lock(&sim_heaps_lock);
	list_for_each_entry(heap, &sim_heaps, node) {
		ret = add(heap);
		if (ret)
			break;
		some = true;
	}
	if (ret && some && !sim_symbols.dma_heap_remove) {
		pr_err("this heap and those after it are missing; the ones before it cannot be removed\n");
		ret = 0;
	}
	failed = ret;
	mutex_unlock(&sim_heaps_lock);

	if (ret && some)
		remove_all();
	return ret;
}

static bool any_carved(void)
{
	struct sim_heap *heap;

	list_for_each_entry(heap, &sim_heaps, node)
		if (heap->kind->carved)
			return true;
	return false;
}

static int __init sim_init(void)
{
	struct sim_heap *heap;
	int ret;

	ret = sim_parse_heaps(heaps, &sim_heaps);
	if (ret)
		return ret;
	ret = sim_find_symbols(any_carved());
	if (ret)
		goto free_heaps;
	list_for_each_entry(heap, &sim_heaps, node) {
		ret = prepare(heap);
		if (ret)
			goto put_symbols;
	}
	ret = register_all();
	if (ret)
		goto put_symbols;
	sim_debugfs_create(&sim_heaps);

	if (!sim_symbols.dma_heap_remove) {
		__module_get(THIS_MODULE);
		pr_info("this kernel cannot remove heaps: the module stays until the next boot, and rmmod is refused\n");
	}
	return 0;

put_symbols:
	sim_put_symbols();
free_heaps:
	sim_free_heaps(&sim_heaps);
	return ret;
}
module_init(sim_init);

/* Runs only where heaps can be removed, and not before the last buffer is gone. */
static void __exit sim_exit(void)
{
	sim_debugfs_remove();
	remove_all();
	sim_put_symbols();
	sim_free_heaps(&sim_heaps);
}
module_exit(sim_exit);

MODULE_DESCRIPTION("DMA-BUF heaps without hardware, for tests");
MODULE_AUTHOR("The dmaheapctl project");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
