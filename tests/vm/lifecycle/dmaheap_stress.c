// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds and removes heaps while other threads find them and allocate from them, and while
 * helpers/open-race.c opens their nodes. Parameters such as "added" count the operations. Write N
 * to the parameter "running" to stop the threads.
 *
 * One allocation contains the name, operations and private data of a heap. The module overwrites
 * the name after it adds the heap, and frees the allocation immediately after it removes the heap,
 * so KASAN detects any later use.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/err.h>
#include <linux/iosys-map.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"

#define MAGIC 0x68656170646d6121ULL
#define KEPT 8
#define MAX_THREADS 32

static uint heaps = 4;
module_param(heaps, uint, 0400);
MODULE_PARM_DESC(heaps, "Number of heap names, stress0 and so on (default: 4)");

static uint finders = 4;
module_param(finders, uint, 0400);
MODULE_PARM_DESC(finders, "Number of threads that find heaps (default: 4)");

static bool failing;
module_param(failing, bool, 0400);
MODULE_PARM_DESC(failing, "Apply the fault injection of debugfs to the threads (default: N)");

static int count_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%ld\n", atomic_long_read(param->arg));
}

static const struct kernel_param_ops count_ops = { .get = count_get };

#define COUNT(name, description) \
	static atomic_long_t name; \
	module_param_cb(name, &count_ops, &name, 0400); \
	MODULE_PARM_DESC(name, description)

COUNT(added, "heaps added");
COUNT(removed, "heaps removed");
COUNT(refused, "heaps not added because the name existed");
COUNT(full, "heaps not added because there were too many");
COUNT(finds, "heaps found");
COUNT(misses, "heaps not found");
COUNT(puts, "heaps put");
COUNT(allocs, "buffers allocated");
COUNT(gone, "buffers not allocated because the heap was removed");
COUNT(frees, "buffers freed");
COUNT(shorts, "heaps not added and buffers not allocated because of ENOMEM");
COUNT(faults, "errors that must not happen");

/**
 * struct provider - data of one heap, freed after the heap is removed or if adding it fails
 * @magic: MAGIC while the heap exists
 * @info: export info of the heap
 * @ops: operations of the heap
 * @name: name of the heap; overwritten after dma_heap_add()
 */
struct provider {
	u64 magic;
	struct dma_heap_export_info info;
	struct dma_heap_ops ops;
	char name[16];
};

/**
 * struct buffer - buffer of a heap
 * @page: memory of the buffer
 * @heap: reference that keeps the exporter name valid
 */
struct buffer {
	void *page;
	struct dma_heap *heap;
};

static struct task_struct *threads[MAX_THREADS];
static unsigned int thread_count; /* the parameter lock protects it, except in init and exit */

static void fault(const char *what)
{
	if (atomic_long_inc_return(&faults) == 1)
		pr_err("%s\n", what);
}

static struct sg_table *buffer_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction direction)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void buffer_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			 enum dma_data_direction direction)
{
}

static int buffer_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct buffer *buffer = dmabuf->priv;

	return vm_insert_page(vma, vma->vm_start, virt_to_page(buffer->page));
}

static int buffer_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct buffer *buffer = dmabuf->priv;

	iosys_map_set_vaddr(map, buffer->page);
	return 0;
}

static int buffer_access(struct dma_buf *dmabuf, enum dma_data_direction direction)
{
	return 0;
}

static void buffer_release(struct dma_buf *dmabuf)
{
	struct buffer *buffer = dmabuf->priv;

	free_page((unsigned long)buffer->page);
	dma_heap_put(buffer->heap);
	kfree(buffer);
	atomic_long_inc(&frees);
}

static const struct dma_buf_ops buffer_ops = {
	.map_dma_buf = buffer_map,
	.unmap_dma_buf = buffer_unmap,
	.begin_cpu_access = buffer_access,
	.end_cpu_access = buffer_access,
	.mmap = buffer_mmap,
	.vmap = buffer_vmap,
	.release = buffer_release,
};

/* Sleeps in one of eight calls, so that the operations of several threads overlap. */
static void linger(void)
{
	if (!get_random_u32_below(8))
		usleep_range(200, 3000);
}

static struct dma_buf *provider_allocate(struct dma_heap *heap, unsigned long len, u32 fd_flags,
					 u64 heap_flags)
{
	struct provider *provider = dma_heap_get_drvdata(heap);
	DEFINE_DMA_BUF_EXPORT_INFO(exp_info);
	struct dma_buf *dmabuf;
	struct buffer *buffer;

	if (READ_ONCE(provider->magic) != MAGIC)
		fault("callback after the provider was freed");
	linger();
	if (READ_ONCE(provider->magic) != MAGIC)
		fault("provider freed during a callback");

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!buffer->page) {
		kfree(buffer);
		return ERR_PTR(-ENOMEM);
	}
	exp_info.exp_name = dma_heap_get_name(heap);
	exp_info.ops = &buffer_ops;
	exp_info.size = PAGE_SIZE;
	exp_info.flags = fd_flags;
	exp_info.priv = buffer;
	dmabuf = dma_buf_export(&exp_info);
	if (IS_ERR(dmabuf)) {
		free_page((unsigned long)buffer->page);
		kfree(buffer);
		return dmabuf;
	}
	dma_heap_get(heap);
	buffer->heap = heap;
	atomic_long_inc(&allocs);
	return dmabuf;
}

static struct dma_heap *add(struct provider *provider, unsigned int number)
{
	struct dma_heap *heap;

	provider->magic = MAGIC;
	snprintf(provider->name, sizeof(provider->name), "stress%u", number);
	provider->ops.allocate = provider_allocate;
	provider->info.name = provider->name;
	provider->info.ops = &provider->ops;
	provider->info.priv = provider;
	heap = dma_heap_add(&provider->info);
	memset(provider->name, 'x', sizeof(provider->name) - 1);
	return heap;
}

static void prepare(void)
{
#ifdef CONFIG_FAULT_INJECTION
	current->make_it_fail = failing;
#endif
}

/* Adds and removes heaps with one name. Two threads use each name, so adding sometimes fails. */
static int provide(void *data)
{
	unsigned int number = (uintptr_t)data;
	struct provider *provider;
	struct dma_heap *heap;

	prepare();
	while (!kthread_should_stop()) {
		provider = kzalloc(sizeof(*provider), GFP_KERNEL);
		if (!provider)
			continue;
		heap = add(provider, number);
		if (!IS_ERR(heap)) {
			atomic_long_inc(&added);
			linger();
			dma_heap_remove(heap);
			atomic_long_inc(&removed);
		} else if (PTR_ERR(heap) == -EEXIST) {
			atomic_long_inc(&refused);
			usleep_range(100, 2000);
		} else if (PTR_ERR(heap) == -ENOSPC) {
			atomic_long_inc(&full);
			msleep(20);
		} else if (PTR_ERR(heap) == -ENOMEM) {
			atomic_long_inc(&shorts);
		} else {
			fault("unexpected error in adding a heap");
		}
		memset(provider, 0x5a, sizeof(*provider));
		kfree(provider);
		cond_resched();
	}
	return 0;
}

/*
 * Writes to a buffer through a kernel mapping, as a driver does. A buffer must stay writable after
 * its heap is removed.
 */
static void write_buffer(struct dma_buf *dmabuf)
{
	struct iosys_map map;

	if (strncmp(dmabuf->exp_name, "stress", 6))
		fault("buffer with a wrong exporter name");
	if (dma_buf_begin_cpu_access(dmabuf, DMA_BIDIRECTIONAL))
		fault("error in beginning CPU access");
	if (!dma_buf_vmap_unlocked(dmabuf, &map)) {
		memset(map.vaddr, 0x17, PAGE_SIZE);
		dma_buf_vunmap_unlocked(dmabuf, &map);
	}
	dma_buf_end_cpu_access(dmabuf, DMA_BIDIRECTIONAL);
}

static void replace(struct dma_buf **kept, struct dma_buf *dmabuf)
{
	if (*kept) {
		write_buffer(*kept);
		dma_buf_put(*kept);
	}
	*kept = dmabuf;
}

static void allocate(struct dma_heap *heap, struct dma_buf **kept)
{
	struct dma_buf *dmabuf = dma_heap_buffer_alloc(heap, 1, O_RDWR, 0);

	if (!IS_ERR(dmabuf))
		replace(kept, dmabuf);
	else if (PTR_ERR(dmabuf) == -ENODEV)
		atomic_long_inc(&gone);
	else if (PTR_ERR(dmabuf) == -ENOMEM)
		atomic_long_inc(&shorts);
	else
		fault("unexpected error in allocating a buffer");
}

/* Finds heaps. Sometimes sleeps and allocates before it puts a heap. */
static int find(void *data)
{
	struct dma_buf *kept[KEPT] = {};
	struct dma_heap *heap;
	unsigned int i = 0;
	char name[16];

	prepare();
	while (!kthread_should_stop()) {
		snprintf(name, sizeof(name), "stress%u", get_random_u32_below(heaps));
		heap = dma_heap_find_by_name(name);
		if (!heap) {
			atomic_long_inc(&misses);
			cond_resched();
			continue;
		}
		atomic_long_inc(&finds);
		if (!get_random_u32_below(16)) {
			linger();
			allocate(heap, &kept[i++ % KEPT]);
		}
		if (strcmp(dma_heap_get_name(heap), name))
			fault("found heap has another name");
		dma_heap_put(heap);
		atomic_long_inc(&puts);
		cond_resched();
	}
	for (i = 0; i < KEPT; i++)
		replace(&kept[i], NULL);
	return 0;
}

static int start(int (*run)(void *), uintptr_t number, const char *name)
{
	struct task_struct *thread;

	thread = kthread_run(run, (void *)number, "%s%lu", name, number);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	threads[thread_count++] = thread;
	return 0;
}

static void stop(void)
{
	while (thread_count)
		kthread_stop(threads[--thread_count]);
}

static int running_set(const char *value, const struct kernel_param *param)
{
	bool run;
	int ret = kstrtobool(value, &run);

	if (ret)
		return ret;
	if (run)
		return -EINVAL;
	stop();
	return 0;
}

static int running_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%c\n", thread_count ? 'Y' : 'N');
}

static const struct kernel_param_ops running_ops = { .set = running_set, .get = running_get };
module_param_cb(running, &running_ops, NULL, 0600);
MODULE_PARM_DESC(running, "Write N to stop the threads; a used heap pins the module");

static int __init dmaheap_stress_init(void)
{
	unsigned int i;
	int ret = 0;

	if (!heaps || 2 * heaps + finders > MAX_THREADS)
		return -EINVAL;
	for (i = 0; i < 2 * heaps && !ret; i++)
		ret = start(provide, i % heaps, "stress-add");
	for (i = 0; i < finders && !ret; i++)
		ret = start(find, i, "stress-find");
	if (ret)
		stop();
	return ret;
}
module_init(dmaheap_stress_init);

static void __exit dmaheap_stress_exit(void)
{
	stop();
	pr_info("added=%ld removed=%ld finds=%ld puts=%ld allocs=%ld faults=%ld\n",
		atomic_long_read(&added), atomic_long_read(&removed), atomic_long_read(&finds),
		atomic_long_read(&puts), atomic_long_read(&allocs), atomic_long_read(&faults));
}
module_exit(dmaheap_stress_exit);

MODULE_DESCRIPTION("Test that adds, removes and uses DMA-BUF heaps at the same time");
MODULE_LICENSE("GPL");
COMPAT_IMPORT_DMA_BUF();
COMPAT_IMPORT_DMA_BUF_HEAP();
