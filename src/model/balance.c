// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/balance.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"

/*
 * Returns a figure at the start of the interval. If the kernel had no functions to find heaps,
 * unknown figures of finds, puts, references and in-kernel allocations count as 0.
 */
static struct dh_maybe former_figure(const struct dh_snapshot *before, const char *heap,
				     enum dh_figure figure)
{
	enum dh_group group = dh_figure_group(figure);
	struct dh_maybe value = dh_snapshot_figure(before, heap, figure);

	if (!value.known && before->no_finds &&
	    (group == DH_GROUP_FINDS || group == DH_GROUP_PUTS || group == DH_GROUP_REFS ||
	     group == DH_GROUP_KALLOCS || group == DH_GROUP_KALLOC_BYTES))
		return dh_known(0);
	return value;
}

/*
 * Returns `figure` - `reference`, or 0 if `reference` is larger. The result is unknown if either is
 * unknown.
 */
static struct dh_maybe excess(struct dh_maybe figure, struct dh_maybe reference)
{
	struct dh_maybe difference = dh_signed_minus(figure, reference);

	if (figure.value < reference.value)
		difference.value = 0;
	return difference;
}

/*
 * Returns true if the exporter names do not show how many buffers belong to the heap. This is the
 * case if no buffer has the exporter name `heap`, but a buffer has an exporter name that this heap
 * and others may use. If the accounts of the debug module are available, only buffers that
 * processes hold matter.
 */
static bool exporter_is_ambiguous(const struct dh_snapshot *snapshot, const char *heap)
{
	enum dh_heap_kind kind;
	const char *reason;

	if (!heap || dh_snapshot_exporter(snapshot, heap))
		return false;
	kind = dh_kind_from_name(heap, &reason);
	for (size_t i = 0; i < snapshot->n_exporters; i++) {
		const struct dh_exporter_count *use = &snapshot->exporters[i];

		if ((use->buffers || !snapshot->counted) &&
		    dh_exporter_is_shared(use->exporter, kind))
			return true;
	}
	return false;
}

/* Live buffers of a heap. */
struct held {
	struct dh_maybe seen, seen_bytes;     /* held by processes */
	struct dh_maybe unheld, unheld_bytes; /* held by no process */
	uint64_t older;			      /* excess of `seen` over live buffers; 0 if unknown */
	unsigned int unknown;		      /* enum dh_unknown: reasons for unknown members */
};

/* Returns the flags of enum dh_unknown that apply to all heaps of a snapshot. */
static unsigned int unknown_of(const struct dh_snapshot *snapshot)
{
	return (!snapshot->scanned || snapshot->scan_incomplete ? DH_UNKNOWN_PROCESSES : 0) |
	       (snapshot->exporter_unknown ? DH_UNKNOWN_NAME : 0) |
	       (snapshot->buffers_changed ? DH_UNKNOWN_CHANGED : 0);
}

static struct held count_held(const struct dh_snapshot *snapshot, const char *heap)
{
	struct dh_maybe live = dh_snapshot_figure(snapshot, heap, DH_FIGURE_live);
	struct dh_maybe bytes = dh_snapshot_figure(snapshot, heap, DH_FIGURE_live_bytes);
	struct held held = { .unknown = unknown_of(snapshot) };
	const struct dh_exporter_count *use;

	/* The NULL heap is a sum of several heaps, so it has no exporter name. */
	if (!heap || exporter_is_ambiguous(snapshot, heap))
		held.unknown |= DH_UNKNOWN_EXPORTER;
	if (!snapshot->scanned || held.unknown & DH_UNKNOWN_EXPORTER)
		return held;
	use = dh_snapshot_exporter(snapshot, heap);
	if (use && use->buffers) {
		held.seen = dh_known(use->buffers);
		held.seen_bytes = dh_known(use->bytes);
	} else if (!(held.unknown & DH_UNKNOWN_PROCESSES)) {
		held.seen = held.seen_bytes = dh_known(0);
	}
	if (!snapshot->buffers_changed)
		held.older = excess(held.seen, live).value;
	/*
	 * If any flag is set, processes may hold live buffers of the heap that are not counted in
	 * `seen`, so the number of unheld buffers is unknown.
	 */
	if (held.unknown)
		return held;
	if (!snapshot->counted && snapshot->listed) {
		held.unheld = dh_known(use ? use->unheld : 0);
		held.unheld_bytes = dh_known(use ? use->unheld_bytes : 0);
		return held;
	}
	held.unheld = excess(live, held.seen);
	held.unheld_bytes = excess(bytes, held.seen_bytes);
	return held;
}

static uint64_t value_of(struct dh_maybe figure)
{
	return figure.known ? figure.value : 0;
}

/*
 * If the kernel has no functions to find heaps, drivers cannot hold references, so an unknown
 * number does not make the verdict unknown.
 */
static void set_references(const struct dh_snapshot *after, struct dh_maybe held,
			   struct dh_balance_verdict *verdict)
{
	if (held.known)
		verdict->references = held.value;
	else if (!after->no_finds)
		verdict->unknown |= DH_UNKNOWN_REFERENCES;
}

static void judge_snapshot(const struct dh_snapshot *snapshot, const struct held *held,
			   struct dh_balance *row)
{
	struct dh_balance_verdict *verdict = &row->verdict;
	struct dh_maybe live = row->figures[DH_FIGURE_live];

	set_references(snapshot, row->figures[DH_FIGURE_refs], verdict);
	verdict->kernel = value_of(held->unheld);
	verdict->older = held->older;
	verdict->old_puts = value_of(row->figures[DH_FIGURE_old_puts]);
	if (!live.known)
		verdict->unknown |= DH_UNKNOWN_BUFFERS;
	else if (held->unknown & DH_UNKNOWN_CHANGED ||
		 (!held->unheld.known && live.value > value_of(held->seen)))
		verdict->unknown |= held->unknown;
}

/*
 * Splits the leaked buffers into those that only the kernel holds and those that processes hold.
 * The number that only the kernel holds is the increase in unheld buffers, but at most `leaked`.
 * The increase may exceed `leaked`: a process may close an older buffer that a driver imported. If
 * the increase is unknown, the holders of the leaked buffers are unknown.
 */
static void set_leaked(uint64_t leaked, struct dh_maybe more_unheld,
		       struct dh_balance_verdict *verdict)
{
	if (!more_unheld.known) {
		verdict->leaked = leaked;
		return;
	}
	verdict->kernel = more_unheld.value < leaked ? more_unheld.value : leaked;
	verdict->processes = leaked - verdict->kernel;
}

/* `former` contains the figures at the start of the interval. */
static void judge_interval(const struct dh_snapshot *after, const struct dh_maybe *former,
			   struct dh_maybe more_unheld, struct dh_balance *row)
{
	struct dh_balance_verdict *verdict = &row->verdict;
	struct dh_maybe leaked = excess(row->live_now, former[DH_FIGURE_live]);

	set_references(after, excess(row->refs_now, former[DH_FIGURE_refs]), verdict);
	if (leaked.known)
		set_leaked(leaked.value, more_unheld, verdict);
	else
		verdict->unknown |= DH_UNKNOWN_BUFFERS;
	verdict->older = value_of(row->figures[DH_FIGURE_older]);
	verdict->old_puts = value_of(row->figures[DH_FIGURE_old_puts]);
}

static void fill_region(const struct dh_inventory *inventory, struct dh_balance *row)
{
	const struct dh_heap *heap = row->heap ? dh_inventory_find(inventory, row->heap) : NULL;
	const struct dh_region *region = heap ? dh_heap_region(inventory, heap) : NULL;

	if (!region)
		return;
	row->region_size = region->size;
	row->region_used = dh_region_used(region);
}

/* Returns the change of a figure. For a peak, returns the peak, or unknown if it did not rise. */
static struct dh_maybe interval_figure(enum dh_figure figure, struct dh_maybe former,
				       struct dh_maybe now)
{
	struct dh_maybe growth = dh_minus(now, former);

	switch (figure) {
	case DH_FIGURE_refs:
	case DH_FIGURE_kept_refs:
	case DH_FIGURE_open_files:
	case DH_FIGURE_live:
	case DH_FIGURE_live_bytes:
	case DH_FIGURE_kept:
	case DH_FIGURE_kept_bytes:
		return dh_signed_minus(now, former);
	case DH_FIGURE_peak:
	case DH_FIGURE_peak_bytes:
		return value_of(growth) ? now : (struct dh_maybe){ 0 };
	default:
		return growth;
	}
}

static void fill_interval(const struct dh_snapshot *before, const struct dh_snapshot *after,
			  const struct held *held, struct dh_balance *row)
{
	const struct held former_held = count_held(before, row->heap);
	struct dh_maybe former[DH_FIGURES];

	for (enum dh_figure i = 0; i < DH_FIGURES; i++) {
		former[i] = former_figure(before, row->heap, i);
		row->figures[i] = interval_figure(i, former[i], row->figures[i]);
	}
	row->seen = dh_signed_minus(held->seen, former_held.seen);
	row->seen_bytes = dh_signed_minus(held->seen_bytes, former_held.seen_bytes);
	row->kernel = dh_signed_minus(held->unheld, former_held.unheld);
	row->kernel_bytes = dh_signed_minus(held->unheld_bytes, former_held.unheld_bytes);
	row->missed = dh_minus(after->missed, before->missed);
	judge_interval(after, former, excess(held->unheld, former_held.unheld), row);
}

/* Returns the increase of a bucket's count. A bucket that `former` lacks had the count 0. */
static struct dh_maybe bucket_growth(const struct dh_bucket *bucket, const struct dh_bucket *former,
				     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (former[i].number == bucket->number)
			return dh_minus(dh_known(bucket->count), dh_known(former[i].count));
	return dh_known(bucket->count);
}

/*
 * Formats the increase of each bucket: "ENOMEM:3,EINVAL:1" or "4096:3,8192:90". Errors outside the
 * module's table are "other". Returns false if the text does not fit into `out`, or if a count
 * decreased: the increase is then unknown.
 */
static bool write_growth(const struct dh_bucket *buckets, size_t n, const struct dh_bucket *former,
			 size_t n_former, bool errnos, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < n && used < size; i++) {
		struct dh_maybe growth = bucket_growth(&buckets[i], former, n_former);
		char number[24];

		if (!growth.known) {
			*out = '\0';
			return false;
		}
		if (!growth.value)
			continue;
		snprintf(number, sizeof(number), "%" PRIu64,
			 UINT64_C(1) << (buckets[i].number & 63));
		used += (size_t)snprintf(out + used, size - used, "%s%s:%" PRIu64, used ? "," : "",
					 !errnos		 ? number
					 : buckets[i].number < 0 ? "other"
								 : dh_errno_name(buckets[i].number),
					 growth.value);
	}
	if (used >= size)
		*out = '\0';
	return used < size;
}

static void write_buckets(const struct dh_snapshot *before, const struct dh_snapshot *after,
			  struct dh_balance *row)
{
	const struct dh_account *account = dh_snapshot_account(after, row->heap);
	const struct dh_account *former = before ? dh_snapshot_account(before, row->heap) : NULL;
	const struct dh_account none = { 0 };

	if (!account)
		return;
	if (!former)
		former = &none;
	row->errnos_known = write_growth(account->errnos, account->n_errnos, former->errnos,
					 former->n_errnos, true, row->errnos, sizeof(row->errnos));
	row->latency_known =
		write_growth(account->latency, account->n_latency, former->latency,
			     former->n_latency, false, row->latency, sizeof(row->latency));
}

static void fill_row(const struct dh_inventory *inventory, const struct dh_snapshot *before,
		     const struct dh_snapshot *after, struct dh_balance *row)
{
	struct held held = count_held(after, row->heap);

	for (enum dh_figure i = 0; i < DH_FIGURES; i++)
		row->figures[i] = dh_snapshot_figure(after, row->heap, i);
	row->seen = held.seen;
	row->seen_bytes = held.seen_bytes;
	row->kernel = held.unheld;
	row->kernel_bytes = held.unheld_bytes;
	row->refs_now = row->figures[DH_FIGURE_refs];
	row->live_now = row->figures[DH_FIGURE_live];
	row->live_bytes_now = row->figures[DH_FIGURE_live_bytes];
	row->charging = after->charging;
	row->missed = after->missed;
	fill_region(inventory, row);

	if (!after->counted) {
		row->verdict.unknown = DH_UNKNOWN_MODULE;
		return;
	}
	write_buckets(before, after, row);
	if (before)
		fill_interval(before, after, &held, row);
	else
		judge_snapshot(after, &held, row);
	row->verdict.missed_calls =
		value_of(row->missed) + value_of(row->figures[DH_FIGURE_unseen]);
}

static int by_heap(const void *a, const void *b)
{
	return dh_text_compare(((const struct dh_balance *)a)->heap,
			       ((const struct dh_balance *)b)->heap);
}

static void add_row(struct dh_balance *rows, size_t *n, const char *heap)
{
	struct dh_balance row = { .heap = heap };

	for (size_t i = 0; i < *n; i++)
		if (!by_heap(&rows[i], &row))
			return;
	rows[(*n)++] = row;
}

int dh_balance_make(const struct dh_inventory *inventory, const struct dh_snapshot *before,
		    const struct dh_snapshot *after, struct dh_balance **rows, size_t *n)
{
	size_t max = inventory->n_heaps + after->n_accounts + (before ? before->n_accounts : 0);
	struct dh_balance *table = calloc(max + 1, sizeof(*table));

	*n = 0;
	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < inventory->n_heaps; i++)
		add_row(table, n, inventory->heaps[i].name);
	for (size_t i = 0; i < after->n_accounts; i++)
		if (!after->accounts[i].exporter)
			add_row(table, n, after->accounts[i].heap);
	for (size_t i = 0; before && i < before->n_accounts; i++)
		if (!before->accounts[i].exporter)
			add_row(table, n, before->accounts[i].heap);
	qsort(table, *n, sizeof(*table), by_heap);
	for (size_t i = 0; i < *n; i++) {
		fill_row(inventory, before, after, &table[i]);
		dh_balance_text(&table[i].verdict, table[i].text);
	}
	*rows = table;
	return 0;
}

void dh_balance_total(const struct dh_balance *rows, size_t n, struct dh_balance_verdict *total)
{
	/* Each row contains the missed calls of all heaps, so do not add them up. */
	uint64_t missed = 0;

	*total = (struct dh_balance_verdict){ 0 };
	for (size_t i = 0; i < n; i++) {
		const struct dh_balance_verdict *verdict = &rows[i].verdict;

		total->references += verdict->references;
		total->kernel += verdict->kernel;
		total->processes += verdict->processes;
		total->leaked += verdict->leaked;
		total->older += verdict->older;
		total->old_puts += verdict->old_puts;
		total->unknown |= verdict->unknown;
		total->missed_calls += value_of(rows[i].figures[DH_FIGURE_unseen]);
		if (value_of(rows[i].missed) > missed)
			missed = value_of(rows[i].missed);
	}
	total->missed_calls += missed;
}

bool dh_balance_leaks(const struct dh_balance_verdict *verdict)
{
	return verdict->references || verdict->kernel || verdict->processes || verdict->leaked;
}

bool dh_balance_exact(const struct dh_balance_verdict *verdict)
{
	return !verdict->unknown && !verdict->missed_calls && !verdict->old_puts;
}

static void append(char out[DH_VERDICT_MAX], const char *separator, const char *text)
{
	size_t used = strlen(out);

	snprintf(out + used, DH_VERDICT_MAX - used, "%s%s", used ? separator : "", text);
}

static void append_number(char out[DH_VERDICT_MAX], const char *label, uint64_t number)
{
	char text[96];

	if (!number)
		return;
	snprintf(text, sizeof(text), "%s %" PRIu64, label, number);
	append(out, ", ", text);
}

static void append_unknown(char out[DH_VERDICT_MAX], unsigned int unknown)
{
	static const struct {
		unsigned int flag;
		const char *text;
	} reasons[] = {
		{ DH_UNKNOWN_MODULE, DMAHEAP_DEBUG_MODULE " unavailable" },
		{ DH_UNKNOWN_BUFFERS, "buffers are not counted" },
		{ DH_UNKNOWN_REFERENCES, "references are not counted" },
		{ DH_UNKNOWN_PROCESSES, "not all processes are readable" },
		{ DH_UNKNOWN_EXPORTER, "several heaps share the exporter name or the account" },
		{ DH_UNKNOWN_NAME, "the exporter of a buffer is unknown" },
		{ DH_UNKNOWN_CHANGED, "buffers were allocated or freed during the count" },
	};
	const char *separator = ": ";

	if (!unknown)
		return;
	append(out, ", ", "unknown");
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (!(unknown & reasons[i].flag))
			continue;
		append(out, separator, reasons[i].text);
		separator = "; ";
	}
}

const char *dh_balance_text(const struct dh_balance_verdict *verdict, char out[DH_VERDICT_MAX])
{
	out[0] = '\0';
	append_number(out, "references held", verdict->references);
	append_number(out, "kernel holds", verdict->kernel);
	append_number(out, "processes hold", verdict->processes);
	append_number(out, "leaked", verdict->leaked);
	append_number(out, "older than the module", verdict->older);
	append_number(out, "older references released", verdict->old_puts);
	append_number(out, "missed calls", verdict->missed_calls);
	append_unknown(out, verdict->unknown);
	if (!out[0])
		append(out, "", "balanced");
	return out;
}
