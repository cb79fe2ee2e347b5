// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaheap_debug counts the opens, allocations, frees and in-kernel references of each
 * DMA-BUF heap. The module only observes the heaps. See dmaheap_debug(4).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "command.h"
#include "debug.h"
#include "version.h"

void text_put_name(struct seq_file *file, const char *key, const char *name)
{
	bool absent = !strcmp(name, DMAHEAP_DEBUG_ABSENT);
	char escaped[TEXT_ESCAPE_SIZE];

	seq_printf(file, " %s=", key);
	for (; *name; name++) {
		text_escape_byte(escaped, *name, absent);
		seq_puts(file, escaped);
	}
}

void text_put_figure(struct seq_file *file, const char *key, u64 value, bool counted)
{
	if (counted)
		seq_printf(file, " %s=%llu", key, value);
	else
		seq_printf(file, " %s=" DMAHEAP_DEBUG_ABSENT, key);
}

/**
 * struct figure_key - a figure of a "heap" record
 * @key: key of the figure in the record
 * @offset: offset of the figure in struct counts, in bytes
 * @group: group of the figure, for figure_is_counted()
 */
struct figure_key {
	const char *key;
	size_t offset;
	enum figure group;
};

#define FIGURE_KEY(KEY, GROUP) { #KEY, offsetof(struct counts, KEY), FIGURE_##GROUP },

static const struct figure_key figures[] = { DMAHEAP_DEBUG_FIGURES(FIGURE_KEY) };

/*
 * Times at which the module was loaded and all counts were last reset, CLOCK_MONOTONIC in
 * ns. Readers use these times to detect a load or reset between two snapshots.
 */
static u64 loaded, reset;

static void put_errnos(struct seq_file *file, const struct counts *counts)
{
	const char *comma = "";
	unsigned int i;

	seq_puts(file, " " DMAHEAP_DEBUG_KEY_ERRNOS "=");
	if (!figure_is_counted(FIGURE_ALLOCS) && !figure_is_counted(FIGURE_KALLOCS)) {
		seq_puts(file, DMAHEAP_DEBUG_ABSENT);
		return;
	}
	for (i = 0; i < ERRNO_SLOTS && counts->errnos[i].number; i++) {
		seq_printf(file, "%s%d:%llu", comma, counts->errnos[i].number,
			   counts->errnos[i].count);
		comma = ",";
	}
	if (counts->errno_rest)
		seq_printf(file, "%sother:%llu", comma, counts->errno_rest);
}

static void put_latency(struct seq_file *file, const struct counts *counts)
{
	const char *comma = "";
	unsigned int i;

	seq_puts(file, " " DMAHEAP_DEBUG_KEY_LATENCY "=");
	if (!figure_is_counted(FIGURE_ALLOCS) && !figure_is_counted(FIGURE_KALLOCS)) {
		seq_puts(file, DMAHEAP_DEBUG_ABSENT);
		return;
	}
	for (i = 0; i < LATENCY_SLOTS; i++) {
		if (!counts->latency[i])
			continue;
		seq_printf(file, "%s%u:%llu", comma, i, counts->latency[i]);
		comma = ",";
	}
}

static void put_figures(struct seq_file *file, struct heap *heap, struct counts *counts)
{
	unsigned int i;
	u64 value;

	counts->open_files = heap_open_files(heap);
	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		value = *(const u64 *)((const char *)counts + figures[i].offset);
		text_put_figure(file, figures[i].key, value,
				value != FIGURE_UNKNOWN && figure_is_counted(figures[i].group));
	}
	put_errnos(file, counts);
	put_latency(file, counts);
	seq_putc(file, '\n');
}

static void show_other(struct seq_file *file, struct counts *counts)
{
	counts->misses = 0;
	/* Omit the record if all counts are 0, as they usually are. */
	if (!memchr_inv(counts, 0, sizeof(*counts)))
		return;
	seq_puts(file, DMAHEAP_DEBUG_REC_HEAP_OTHER);
	put_figures(file, heap_other(), counts);
}

static void show_exporter(struct seq_file *file, const struct heap *heap,
			  const struct counts *counts)
{
	if (!counts->older || !figure_is_counted(FIGURE_FREES))
		return;
	seq_puts(file, DMAHEAP_DEBUG_REC_EXPORTER);
	text_put_name(file, DMAHEAP_DEBUG_KEY_NAME, heap->name);
	text_put_figure(file, "older", counts->older, true);
	text_put_figure(file, "older_bytes", counts->older_bytes, true);
	seq_putc(file, '\n');
}

static void show_heap(struct seq_file *file, struct heap *heap)
{
	struct counts counts;

	heap_copy(heap, &counts);
	if (heap == heap_other()) {
		show_other(file, &counts);
	} else if (READ_ONCE(heap->is_heap)) {
		seq_puts(file, DMAHEAP_DEBUG_REC_HEAP);
		text_put_name(file, DMAHEAP_DEBUG_KEY_NAME, heap->name);
		put_figures(file, heap, &counts);
	} else {
		show_exporter(file, heap, &counts);
	}
}

static void show_misses(struct seq_file *file, struct heap *heap)
{
	bool counted = figure_is_counted(FIGURE_FINDS);
	struct counts counts;

	heap_copy(heap, &counts);
	if (heap == heap_other()) {
		seq_puts(file, DMAHEAP_DEBUG_REC_MISS_OTHER);
	} else if (counts.misses) {
		seq_puts(file, DMAHEAP_DEBUG_REC_MISS);
		text_put_name(file, DMAHEAP_DEBUG_KEY_NAME, heap->name);
	} else {
		return;
	}
	text_put_figure(file, "count", counts.misses, counted);
	seq_putc(file, '\n');
}

static void stats_show(struct seq_file *file)
{
	bool blind = probes_blind();
	struct heap *heap;
	unsigned int i;

	seq_printf(file, DMAHEAP_DEBUG_REC_STATS " loaded=%llu now=%llu reset=%llu", loaded,
		   ktime_get_ns(), READ_ONCE(reset));
	text_put_figure(file, "missed", probes_missed(), !blind);
	seq_printf(file, " blind=%d\n", blind);
	for (i = 0; (heap = heap_by_index(i)); i++)
		show_heap(file, heap);
	for (i = 0; (heap = heap_by_index(i)); i++)
		show_misses(file, heap);
}

/**
 * stats_reset() - reset the counts of accounts and of their call sites
 * @name: name of an account, not escaped, or NULL to reset all accounts and call sites, and the
 *	number of missed calls
 *
 * Return: 0, or -ENOENT if there is no account with this name.
 */
static int stats_reset(const char *name)
{
	struct heap *heap;
	unsigned int i;

	if (name) {
		heap = heap_lookup(name);
		if (!heap)
			return -ENOENT;
		heap_reset(heap);
		callsites_reset(heap);
		return 0;
	}
	for (i = 0; (heap = heap_by_index(i)); i++)
		heap_reset(heap);
	callsites_reset(NULL);
	probes_reset();
	WRITE_ONCE(reset, ktime_get_ns());
	return 0;
}

static struct dentry *directory;

static void version_show(struct seq_file *file)
{
	seq_printf(file, DMAHEAP_DEBUG_REC_VERSION " major=%d minor=%d module=%s\n",
		   DMAHEAP_DEBUG_MAJOR, DMAHEAP_DEBUG_MINOR, THIS_MODULE->version ?: "");
}

static int show_file(struct seq_file *file, void *unused)
{
	void (*show_contents)(struct seq_file *file) = file->private;

	show_contents(file);
	return 0;
}

/* The first read creates the whole text, so sequential reads of one open file are consistent. */
static int open_file(struct inode *inode, struct file *file)
{
	return single_open(file, show_file, inode->i_private);
}

static const struct file_operations show_operations = {
	.owner = THIS_MODULE,
	.open = open_file,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int run_control_command(char *line)
{
	char *name = line;
	char *word = strsep(&name, " ");
	int ret;

	if (strcmp(word, DMAHEAP_DEBUG_CONTROL_RESET))
		return -EINVAL;
	if (name) {
		ret = text_unescape(name);
		if (ret)
			return ret;
	}
	return stats_reset(name);
}

static ssize_t control_write(struct file *file, const char __user *from, size_t count,
			     loff_t *position)
{
	char *line = copy_command(from, count);
	int ret;

	if (IS_ERR(line))
		return PTR_ERR(line);
	ret = run_control_command(line);
	kfree(line);
	return ret ?: count;
}

static const struct file_operations control_operations = {
	.owner = THIS_MODULE,
	.write = control_write,
	.llseek = noop_llseek,
};

static int debugfs_files_init(void)
{
	loaded = ktime_get_ns();
	WRITE_ONCE(reset, loaded);
	directory = debugfs_create_dir(DMAHEAP_DEBUG_DIR, NULL);
	if (IS_ERR(directory))
		return PTR_ERR(directory);
	debugfs_create_file(DMAHEAP_DEBUG_VERSION_FILE, 0400, directory, version_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_PROBES_FILE, 0400, directory, probes_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_STATS_FILE, 0400, directory, stats_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_CALLSITES_FILE, 0400, directory, callsites_show,
			    &show_operations);
	debugfs_create_file(DMAHEAP_DEBUG_CONTROL_FILE, 0600, directory, NULL, &control_operations);
	return 0;
}

static void debugfs_files_exit(void)
{
	debugfs_remove(directory);
}

static uint buffers = 16384;
module_param(buffers, uint, 0400);
MODULE_PARM_DESC(buffers, "Maximum number of live buffers to track (default: 16384)");

static int maxactive = 128;
module_param(maxactive, int, 0400);
MODULE_PARM_DESC(maxactive, "Maximum number of concurrent calls that each return probe tracks (default: 128)");

struct subsystem {
	int (*init)(void);
	void (*exit)(void);
};

static int operations_init_max(void)
{
	return operations_init(buffers);
}

static int probes_init_maxactive(void)
{
	return probes_init(maxactive);
}

/* The exit functions run in reverse order, so an entry can depend on those before it. */
static const struct subsystem subsystems[] = {
	{ accounts_init, accounts_exit },
	{ nodes_init, nodes_exit },
	{ callsites_init, callsites_exit },
	{ operations_init_max, operations_exit },
	{ probes_init_maxactive, probes_exit },
	{ debugfs_files_init, debugfs_files_exit },
};

static void exit_subsystems(unsigned int count)
{
	while (count-- > 0)
		subsystems[count].exit();
}

static int __init dmaheap_debug_init(void)
{
	unsigned int i;
	int ret;

	if (buffers < 1 || buffers > 1 << 20 || maxactive < 1 || maxactive > 4096) {
		pr_err("invalid parameter: expected buffers from 1 to 1048576 and maxactive from 1 to 4096\n");
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(subsystems); i++) {
		ret = subsystems[i].init();
		if (ret) {
			exit_subsystems(i);
			return ret;
		}
	}
	return 0;
}
module_init(dmaheap_debug_init);

static void __exit dmaheap_debug_exit(void)
{
	exit_subsystems(ARRAY_SIZE(subsystems));
}
module_exit(dmaheap_debug_exit);

MODULE_DESCRIPTION("Counters for DMA-BUF heaps");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMAHEAP_VERSION);
COMPAT_IMPORT_DMA_BUF();
