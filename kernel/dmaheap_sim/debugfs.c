// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the simulator itself knows, to compare with what others found out. One
 * record a line, key=value; for those who test, and no stable interface.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>

#include "sim.h"

static struct dentry *directory;
static struct list_head *all;

/* Escaped as dmaheap_debug does it: see kernel/include/dmaheap_debug.h. */
static void show_name(struct seq_file *file, const struct sim_heap *heap)
{
	const unsigned char *c;

	seq_puts(file, "heap=");
	for (c = heap->name; *c; c++)
		if (*c <= 0x20 || *c >= 0x7f || strchr("\\\"=,:", *c))
			seq_printf(file, "\\x%02x", *c);
		else
			seq_putc(file, *c);
}

static int heaps_show(struct seq_file *file, void *unused)
{
	struct sim_heap *heap;

	list_for_each_entry(heap, all, node) {
		/* The kernel may have refused the last ones. */
		if (!heap->dma_heap)
			break;
		mutex_lock(&heap->lock);
		show_name(file, heap);
		seq_printf(file, " kind=%s size=%lu used=%lu peak=%lu largest=%lu buffers=%lu",
			   heap->kind->name, heap->limit << PAGE_SHIFT, heap->used << PAGE_SHIFT,
			   heap->peak << PAGE_SHIFT, sim_largest_free(heap) << PAGE_SHIFT,
			   heap->live);
		seq_printf(file, " requests=%lu allocated=%lu refused=%lu freed=%lu\n",
			   heap->requests, heap->allocated, heap->refused, heap->freed);
		mutex_unlock(&heap->lock);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(heaps);

static int buffers_show(struct seq_file *file, void *unused)
{
	struct sim_buffer *buffer;
	struct sim_heap *heap;

	list_for_each_entry(heap, all, node) {
		mutex_lock(&heap->lock);
		list_for_each_entry(buffer, &heap->buffers, node) {
			show_name(file, heap);
			/* Single words, which need not be of the same moment */
			seq_printf(file, " size=%zu segments=%u attached=%u mapped=%u vmapped=%u\n",
				   buffer->size, buffer->table.orig_nents,
				   READ_ONCE(buffer->attached), READ_ONCE(buffer->mapped),
				   READ_ONCE(buffer->vmapped));
		}
		mutex_unlock(&heap->lock);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(buffers);

/* Without debugfs there is nothing to be seen, which is no failure. */
void sim_debugfs_create(struct list_head *heaps)
{
	all = heaps;
	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("heaps", 0400, directory, NULL, &heaps_fops);
	debugfs_create_file("buffers", 0400, directory, NULL, &buffers_fops);
}

void sim_debugfs_remove(void)
{
	debugfs_remove_recursive(directory);
}
