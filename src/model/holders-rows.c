// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/holders.h"

/*
 * Returns true if both reads of the kernel's list contain the buffer and no process holds it. A
 * buffer in only one of the reads may have been allocated or freed during the scan.
 */
static bool is_unheld(const struct dh_holders *holders, const struct dh_held_buffer *buffer)
{
	return holders->listed && buffer->listed > 1 && !buffer->n_holders;
}

/* Returns true if `list`, which may be NULL, contains one of `devices`. */
static bool is_attached(const char *list, const char *const *devices, size_t n)
{
	for (size_t i = 0; i < n && list; i++)
		if (dh_text_list_has(list, devices[i], strlen(devices[i])))
			return true;
	return false;
}

size_t dh_holders_cut_lists(const struct dh_holders *holders)
{
	static const char *const cut = "...";
	size_t n = 0;

	for (size_t i = 0; i < holders->n_buffers; i++)
		n += is_attached(holders->buffers[i].devices, &cut, 1);
	return n;
}

bool dh_holders_selects(const struct dh_holders_filter *filter, const char *exporter)
{
	for (size_t i = 0; i < filter->n_exporters && exporter; i++)
		if (!strcmp(exporter, filter->exporters[i]))
			return true;
	return !filter->exporters;
}

static bool passes(const struct dh_holders *holders, const struct dh_holders_filter *filter,
		   const struct dh_held_buffer *buffer)
{
	if (filter->by_inode)
		return buffer->inode == filter->inode;
	if (filter->devices)
		return is_attached(buffer->devices, filter->devices, filter->n_devices) ||
		       is_attached(buffer->device_ids, filter->devices, filter->n_devices);
	for (size_t i = 0; i < filter->n_pids; i++)
		if (!dh_holders_find_holding(holders, buffer, filter->pids[i]))
			return false;
	return dh_holders_selects(filter, buffer->exporter);
}

static int by_pss(const void *a, const void *b)
{
	const struct dh_holder_row *x = a, *y = b;

	/* Rows with an unknown PSS sort last. */
	if (x->pss.known != y->pss.known)
		return x->pss.known ? -1 : 1;
	if (x->pss.known && x->pss.value != y->pss.value)
		return x->pss.value > y->pss.value ? -1 : 1;
	return (x->process->pid > y->process->pid) - (x->process->pid < y->process->pid);
}

struct collector {
	const struct dh_holders *holders;
	const struct dh_holders_filter *filter;
	struct dh_holder_row *rows; /* by buffer */
	size_t n;
	/* Rows by process, at the index of the process. Unused elements have 0 in `buffers`. */
	struct dh_holder_row *sums;
};

static void add_holding(struct collector *collector, const struct dh_holding *holding,
			struct dh_holders_summary *summary)
{
	const struct dh_held_buffer *buffer = &collector->holders->buffers[holding->buffer];
	struct dh_holder_row *sum = &collector->sums[holding->process];
	struct dh_holder_row row = {
		.buffer = buffer,
		.process = &collector->holders->processes[holding->process],
		.holders = dh_known(buffer->n_holders),
		.buffers = 1,
		.fds = dh_known(holding->fds),
		.mappings = dh_known(holding->mappings),
		.mapped = dh_known(holding->mapped),
		.rss = buffer->size,
		.pss = holding->pss,
	};

	collector->rows[collector->n++] = row;
	summary->fds.value += holding->fds;
	summary->mappings.value += holding->mappings;
	if (!sum->buffers) {
		summary->processes.value++;
		*sum = row;
		sum->buffer = NULL;
		sum->holders.known = false;
		return;
	}
	sum->buffers++;
	dh_maybe_add(&sum->fds, row.fds);
	dh_maybe_add(&sum->mappings, row.mappings);
	dh_maybe_add(&sum->mapped, row.mapped);
	dh_maybe_add(&sum->rss, row.rss);
	dh_maybe_add(&sum->pss, row.pss);
}

static void count_buffer(const struct dh_held_buffer *buffer, struct dh_holders_summary *summary)
{
	summary->buffers.value++;
	dh_maybe_add(&summary->bytes, buffer->size);
}

/* Holdings are sorted in the order of the buffers, so one pass over both arrays is enough. */
static void collect(struct collector *collector, struct dh_holders_summary *summary)
{
	const struct dh_holders *holders = collector->holders;
	size_t next = 0;

	for (size_t i = 0; i < holders->n_buffers; i++) {
		const struct dh_held_buffer *buffer = &holders->buffers[i];
		bool selected = passes(holders, collector->filter, buffer);
		size_t before = collector->n;

		for (; next < holders->n_holdings && holders->holdings[next].buffer == i; next++) {
			const struct dh_holding *holding = &holders->holdings[next];

			if (selected &&
			    (!collector->filter->own_rows ||
			     holders->processes[holding->process].pid == *collector->filter->pids))
				add_holding(collector, holding, summary);
		}
		if (collector->n > before) {
			count_buffer(buffer, summary);
		} else if (selected && is_unheld(holders, buffer)) {
			collector->rows[collector->n++] = (struct dh_holder_row){
				.buffer = buffer,
				.holders = { .known = summary->kernel_only.known },
				.buffers = 1,
			};
			count_buffer(buffer, summary);
			summary->kernel_only.value++;
			dh_maybe_add(&summary->kernel_only_bytes, buffer->size);
		}
	}
}

/*
 * Replaces the rows by buffer with rows by process. The number of rows cannot increase, so the rows
 * fit into the array.
 */
static void use_process_rows(struct collector *collector)
{
	collector->n = 0;
	for (size_t i = 0; i < collector->holders->n_processes; i++)
		if (collector->sums[i].buffers)
			collector->rows[collector->n++] = collector->sums[i];
	dh_array_sort(collector->rows, collector->n, by_pss);
}

static bool is_one_of(pid_t pid, const pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* Returns true if the scan may have missed a selected buffer or one of its holders. */
static bool is_incomplete(const struct dh_holders *holders, const struct dh_holders_filter *filter)
{
	size_t found = 0;

	for (size_t i = 0; filter->devices && i < holders->n_buffers; i++)
		if (!holders->buffers[i].devices)
			return true;
	/*
	 * If the filter selects by process, unreadable files of other processes cannot hide a
	 * selected buffer.
	 */
	for (size_t i = 0; filter->n_pids && i < holders->n_processes; i++) {
		const struct dh_process *process = &holders->processes[i];

		if (!is_one_of(process->pid, filter->pids, filter->n_pids))
			continue;
		if (process->state == DH_PROCESS_REFUSED)
			return true;
		found++;
	}
	return found && found == filter->n_pids ? holders->unidentified
						: dh_holders_incomplete(holders);
}

/* Marks a total of 0 as unknown if the scan may have missed selected buffers or their holders. */
static void set_known(const struct dh_holders *holders, const struct dh_holders_filter *filter,
		      struct dh_holders_summary *summary)
{
	bool incomplete = is_incomplete(holders, filter);

	summary->buffers.known =
		summary->buffers.value || !incomplete || (holders->listed && !filter->devices);
	summary->bytes.known = summary->bytes.known && summary->buffers.known;
	summary->processes.known = summary->processes.value || !incomplete;
	summary->fds.known = summary->fds.value || !incomplete;
	summary->mappings.known = summary->mappings.value || !incomplete;
}

int dh_holders_rows(const struct dh_holders *holders, const struct dh_holders_filter *filter,
		    bool by_process, struct dh_holder_row **rows, size_t *n,
		    struct dh_holders_summary *summary)
{
	dh_auto(free) struct dh_holder_row *table =
		calloc(holders->n_holdings + holders->n_buffers + 1, sizeof(*table));
	dh_auto(free) struct dh_holder_row *sums = calloc(holders->n_processes + 1, sizeof(*sums));
	struct collector collector = {
		.holders = holders, .filter = filter, .rows = table, .sums = sums
	};
	bool incomplete = dh_holders_incomplete(holders);

	*summary = (struct dh_holders_summary){
		.bytes = dh_known(0),
		.kernel_only = { .known = holders->listed && !incomplete },
		.kernel_only_bytes = { .known = holders->listed && !incomplete },
		.unreadable = { .known = !holders->hidden && !holders->interrupted },
	};
	if (!table || !sums)
		return -ENOMEM;
	for (size_t i = 0; i < holders->n_processes; i++)
		summary->unreadable.value += holders->processes[i].state == DH_PROCESS_REFUSED;
	collect(&collector, summary);
	set_known(holders, filter, summary);
	if (by_process)
		use_process_rows(&collector);
	*rows = dh_steal_ptr(table);
	*n = collector.n;
	return 0;
}
