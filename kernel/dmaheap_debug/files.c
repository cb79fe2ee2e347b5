// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "command.h"
#include "debug.h"

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

static void put_figures(struct seq_file *file, const struct counts *counts)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(figures); i++)
		text_put_figure(file, figures[i].key,
				*(const u64 *)((const char *)counts + figures[i].offset),
				figure_is_counted(figures[i].group));
	put_errnos(file, counts);
	put_latency(file, counts);
	seq_putc(file, '\n');
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

static void show_heap(struct seq_file *file, struct heap *heap, struct counts *counts)
{
	heap_copy(heap, counts);
	if (heap == heap_other()) {
		/* Omit the record of heap_other() if its counts are all 0, as they usually are. */
		if (!memchr_inv(counts, 0, sizeof(*counts)))
			return;
		seq_puts(file, DMAHEAP_DEBUG_REC_HEAP_OTHER);
		put_figures(file, counts);
	} else if (READ_ONCE(heap->is_heap)) {
		seq_puts(file, DMAHEAP_DEBUG_REC_HEAP);
		text_put_name(file, DMAHEAP_DEBUG_KEY_NAME, heap->name);
		put_figures(file, counts);
	} else {
		show_exporter(file, heap, counts);
	}
}

static void show_misses(struct seq_file *file)
{
	bool counted = figure_is_counted(FIGURE_FINDS);
	struct miss miss;
	unsigned int i;

	for (i = 0; miss_copy(&miss, i); i++) {
		if (!miss.count)
			continue;
		seq_puts(file, DMAHEAP_DEBUG_REC_MISS);
		text_put_name(file, DMAHEAP_DEBUG_KEY_NAME, miss.name);
		text_put_figure(file, "count", miss.count, counted);
		seq_putc(file, '\n');
	}
	seq_puts(file, DMAHEAP_DEBUG_REC_MISS_OTHER);
	text_put_figure(file, "count", misses_beyond_table(), counted);
	seq_putc(file, '\n');
}

static void stats_show(struct seq_file *file)
{
	struct counts counts;
	bool blind = probes_blind();
	struct heap *heap;
	unsigned int i;

	seq_printf(file, DMAHEAP_DEBUG_REC_STATS " loaded=%llu now=%llu reset=%llu", loaded,
		   ktime_get_ns(), READ_ONCE(reset));
	text_put_figure(file, "missed", probes_missed(), !blind);
	seq_printf(file, " blind=%d\n", blind);
	for (i = 0; (heap = heap_by_index(i)); i++)
		show_heap(file, heap, &counts);
	show_misses(file);
}

/**
 * stats_reset() - reset the counts of accounts, of their call sites and of misses
 * @name: name of a heap or of another exporter, not escaped, or NULL to reset all accounts,
 *	call sites and misses, and the number of missed calls
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
		misses_reset(name);
		return 0;
	}
	for (i = 0; (heap = heap_by_index(i)); i++)
		heap_reset(heap);
	callsites_reset(NULL);
	misses_reset(NULL);
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

int debugfs_files_init(void)
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

void debugfs_files_exit(void)
{
	debugfs_remove(directory);
}
