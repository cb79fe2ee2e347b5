// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs files for tests. "heaps" and "buffers" show the state of the module, so that tests
 * can compare it with the output of dmaheapctl. "control" adds and removes heaps.
 *
 * Each line is a record of key=value pairs. The format is not stable, except for the keys
 * of "heaps" that dmaheapctl reads: heap (always the first key), kind, size, used, largest
 * and removed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "sim.h"

#define COMMAND_MAX 4096

static struct dentry *directory;

/* Escapes the name as kernel/include/dmaheap_debug.h describes, but leaves the name "-" as is. */
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

	mutex_lock(&sim_heaps_lock);
	list_for_each_entry(heap, &sim_heaps, node) {
		mutex_lock(&heap->lock);
		show_name(file, heap);
		seq_printf(file, " kind=%s%s%s", heap->kind->name,
			   heap->kind->fault ? " fault=" : "", heap->kind->fault ?: "");
		seq_printf(file, " size=%lu used=%lu peak=%lu largest=%lu buffers=%lu",
			   heap->limit << PAGE_SHIFT, heap->used << PAGE_SHIFT,
			   heap->peak << PAGE_SHIFT, sim_largest_free(heap) << PAGE_SHIFT,
			   heap->live);
		seq_printf(file, " requests=%lu allocated=%lu failed=%lu freed=%lu%s\n",
			   heap->requests, heap->allocated, heap->failed, heap->freed,
			   heap->removed ? " removed=yes" : "");
		mutex_unlock(&heap->lock);
	}
	mutex_unlock(&sim_heaps_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(heaps);

static int buffers_show(struct seq_file *file, void *unused)
{
	struct sim_buffer *buffer;
	struct sim_heap *heap;

	mutex_lock(&sim_heaps_lock);
	list_for_each_entry(heap, &sim_heaps, node) {
		mutex_lock(&heap->lock);
		list_for_each_entry(buffer, &heap->buffers, node) {
			show_name(file, heap);
			/* Read without buffer->lock, so the counts may be inconsistent. */
			seq_printf(file, " size=%zu segments=%u attached=%u mapped=%u vmapped=%u\n",
				   buffer->size, buffer->table.orig_nents,
				   READ_ONCE(buffer->attached), READ_ONCE(buffer->mapped),
				   READ_ONCE(buffer->vmapped));
		}
		mutex_unlock(&heap->lock);
	}
	mutex_unlock(&sim_heaps_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(buffers);

static int run_command(char *line)
{
	char *word = strsep(&line, " ");
	unsigned int added;

	if (!line)
		return -EINVAL;
	if (!strcmp(word, "add"))
		return sim_heaps_add(line, &added);
	if (!strcmp(word, "remove"))
		return sim_heap_remove(line);
	return -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t count,
			     loff_t *position)
{
	char *line;
	int ret;

	if (count > COMMAND_MAX)
		return -E2BIG;
	line = memdup_user_nul(from, count);
	if (IS_ERR(line))
		return PTR_ERR(line);
	if (count && line[count - 1] == '\n')
		line[count - 1] = 0;
	ret = run_command(line);
	kfree(line);
	return ret ?: count;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = control_write,
};

/* Errors are ignored, because the heaps work without debugfs. */
void sim_debugfs_create(void)
{
	directory = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("heaps", 0400, directory, NULL, &heaps_fops);
	debugfs_create_file("buffers", 0400, directory, NULL, &buffers_fops);
	debugfs_create_file("control", 0200, directory, NULL, &control_fops);
}

void sim_debugfs_remove(void)
{
	debugfs_remove_recursive(directory);
}
