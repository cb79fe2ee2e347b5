// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ktime.h>
#include <linux/string.h>

#include "callsites.h"
#include "heaps.h"
#include "misses.h"
#include "probes.h"
#include "stats.h"
#include "text.h"

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

void stats_init(void)
{
	loaded = ktime_get_ns();
	WRITE_ONCE(reset, loaded);
}

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
	if (heap_is_other(heap)) {
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

void stats_show(struct seq_file *file)
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
	misses_show(file, figure_is_counted(FIGURE_FINDS));
}

/**
 * stats_reset() - reset the counts of accounts, of their call sites and of misses
 * @name: name of a heap or of another exporter, not escaped, or NULL to reset all accounts,
 *	call sites and misses, and the number of missed calls
 *
 * Return: 0, or -ENOENT if there is no account with this name.
 */
int stats_reset(const char *name)
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
