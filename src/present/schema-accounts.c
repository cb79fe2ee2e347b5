// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/schemas.h"

#include <string.h>

#include "base/text.h"
#include "model/balance.h"

/*
 * Name of the rows that collect everything that does not fit into the tables of the debug module.
 */
#define OTHER			    "(other)"

#define ACCOUNT(name, statement)    DH_GETTER(struct dh_balance, account_##name, statement)
#define ACCOUNT_VALUE(member, kind) DH_VALUE(struct dh_balance, member, kind)
#define FIGURE(name, kind)	    ACCOUNT_VALUE(figures[DH_FIGURE_##name], kind)

/* The cell stays absent if there is no leak, but some figures are unknown or inexact. */
static void set_balanced(const struct dh_balance_verdict *verdict, struct dh_cell *cell)
{
	if (dh_balance_leaks(verdict))
		dh_cell_number(cell, DH_CELL_TRUTH, false);
	else if (dh_balance_exact(verdict))
		dh_cell_number(cell, DH_CELL_TRUTH, true);
}

ACCOUNT(heap, dh_cell_text(cell, of->heap ? of->heap : OTHER))
ACCOUNT(verdict, dh_cell_text(cell, of->text); cell->alert = dh_balance_leaks(&of->verdict))
ACCOUNT(balanced, set_balanced(&of->verdict, cell))
ACCOUNT(errnos, if (of->errnos_known) dh_cell_counts(cell, of->errnos, "errno"))
ACCOUNT(latency, if (of->latency_known) dh_cell_counts(cell, of->latency, "from_ns"))

/* clang-format off */
static const struct dh_column account_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, account_heap, .help = "name of the heap" },
	{ "FINDS", "finds", DH_RIGHT, FIGURE(finds, COUNT),
	  .help = "in-kernel references taken by name or with dma_heap_get()" },
	{ "PUTS", "puts", DH_RIGHT, FIGURE(puts, COUNT),
	  .help = "in-kernel references released, except those in OLD-PUTS" },
	{ "REFS", "refs", DH_SHOWN | DH_RIGHT, FIGURE(refs, CHANGE),
	  .help = "in-kernel references that are held" },
	{ "ALLOCS", "allocs", DH_RIGHT, FIGURE(allocs, COUNT),
	  .help = "buffers allocated through the device node" },
	{ "FAILS", "alloc_fails", DH_RIGHT, FIGURE(alloc_fails, COUNT),
	  .help = "failed allocations through the device node" },
	{ "FREES", "frees", DH_RIGHT, FIGURE(frees, COUNT),
	  .help = "freed buffers that the debug module tracked, except those in UNDONE" },
	{ "LIVE", "live", DH_SHOWN | DH_RIGHT, FIGURE(live, CHANGE),
	  .help = "buffers allocated and not yet freed" },
	{ "BYTES", "live_bytes", DH_SHOWN | DH_RIGHT, FIGURE(live_bytes, BYTES_CHANGE),
	  .help = "total size of the live buffers" },
	{ "SEEN", "seen", DH_SHOWN | DH_RIGHT, ACCOUNT_VALUE(seen, CHANGE),
	  .help = "buffers that processes hold by descriptor or mapping" },
	{ "KERNEL", "kernel", DH_SHOWN | DH_RIGHT, ACCOUNT_VALUE(kernel, CHANGE),
	  .help = "live buffers that no process holds" },
	{ "VERDICT", "verdict", DH_SHOWN | DH_WRAP, account_verdict,
	  .help = "balanced, or a list of findings, such as 'references held 2, kernel holds 1'" },
	{ "BALANCED", "balanced", 0, account_balanced,
	  .help = "whether no reference is held and processes hold all live buffers; "
		  "for an interval, whether nothing leaked" },
	{ "OPENS", "opens", DH_RIGHT, FIGURE(opens, COUNT),
	  .help = "number of times the node was opened" },
	{ "OPEN-FILES", "open_files", DH_RIGHT, FIGURE(open_files, CHANGE),
	  .help = "open files of the node" },
	{ "PEAK", "peak", DH_RIGHT, FIGURE(peak, COUNT),
	  .help = "maximum number of live buffers since the last reset" },
	{ "PEAK-BYTES", "peak_bytes", DH_RIGHT, FIGURE(peak_bytes, BYTES),
	  .help = "maximum total size of the live buffers since the last reset" },
	{ "SEEN-BYTES", "seen_bytes", DH_RIGHT, ACCOUNT_VALUE(seen_bytes, BYTES_CHANGE),
	  .help = "total size of the buffers that processes hold" },
	{ "KERNEL-BYTES", "kernel_bytes", DH_RIGHT, ACCOUNT_VALUE(kernel_bytes, BYTES_CHANGE),
	  .help = "total size of the live buffers that no process holds" },
	{ "REFS-NOW", "refs_now", DH_RIGHT, ACCOUNT_VALUE(refs_now, COUNT),
	  .help = "in-kernel references that are held; for an interval, the number at its end" },
	{ "LIVE-NOW", "live_now", DH_RIGHT, ACCOUNT_VALUE(live_now, COUNT),
	  .help = "live buffers; for an interval, the number at its end" },
	{ "BYTES-NOW", "live_bytes_now", DH_RIGHT, ACCOUNT_VALUE(live_bytes_now, BYTES),
	  .help = "total size of the live buffers; for an interval, the size at its end" },
	{ "ALLOC-BYTES", "alloc_bytes", DH_RIGHT, FIGURE(alloc_bytes, BYTES),
	  .help = "total size of the buffers allocated through the device node" },
	{ "KALLOCS", "kallocs", DH_RIGHT, FIGURE(kallocs, COUNT),
	  .help = "buffers allocated by kernel code" },
	{ "KALLOC-FAILS", "kalloc_fails", DH_RIGHT, FIGURE(kalloc_fails, COUNT),
	  .help = "failed allocations by kernel code" },
	{ "KALLOC-BYTES", "kalloc_bytes", DH_RIGHT, FIGURE(kalloc_bytes, BYTES),
	  .help = "total size of the buffers allocated by kernel code" },
	{ "FREE-BYTES", "free_bytes", DH_RIGHT, FIGURE(free_bytes, BYTES),
	  .help = "total size of the buffers in FREES" },
	{ "OLDER", "older", DH_RIGHT, FIGURE(older, COUNT),
	  .help = "freed buffers that the debug module did not track, such as buffers older than "
		  "the module" },
	{ "OLDER-BYTES", "older_bytes", DH_RIGHT, FIGURE(older_bytes, BYTES),
	  .help = "total size of the buffers in OLDER" },
	{ "OLD-PUTS", "old_puts", DH_RIGHT, FIGURE(old_puts, COUNT),
	  .help = "released references that were not counted when they were taken" },
	{ "KEPT", "kept", DH_RIGHT, FIGURE(kept, CHANGE),
	  .help = "buffers that were live at the last reset" },
	{ "KEPT-BYTES", "kept_bytes", DH_RIGHT, FIGURE(kept_bytes, BYTES_CHANGE),
	  .help = "total size of the buffers that were live at the last reset" },
	{ "KEPT-REFS", "kept_refs", DH_RIGHT, FIGURE(kept_refs, CHANGE),
	  .help = "in-kernel references that were held at the last reset" },
	{ "UNDONE", "undone", DH_RIGHT, FIGURE(undone, COUNT),
	  .help = "buffers created for an allocation but not returned by it" },
	{ "UNSEEN", "unseen", DH_RIGHT, FIGURE(unseen, COUNT),
	  .help = "allocations whose buffer the debug module could not track; LIVE omits these "
		  "buffers" },
	{ "MISSED", "missed", DH_RIGHT, ACCOUNT_VALUE(missed, COUNT),
	  .help = "calls that the debug module missed, for all heaps together" },
	{ "ERRNOS", "errnos", 0, account_errnos,
	  .help = "number of failed allocations for each errno" },
	{ "LATENCY", "latency", 0, account_latency,
	  .help = "number of successful allocations for each range of durations: 4096:3 means that "
		  "three allocations took 4096 to 8191 nanoseconds" },
	{ "REGION-SIZE", "region_size", DH_RIGHT, ACCOUNT_VALUE(region_size, BYTES),
	  .help = "size of the heap's memory region" },
	{ "REGION-USED", "region_used", DH_RIGHT, ACCOUNT_VALUE(region_used, BYTES),
	  .help = "used memory of the region" },
	{ "CHARGED", "charged", 0, ACCOUNT_VALUE(charging, TRUTH),
	  .help = "whether the kernel charges buffers of the system heap to memory cgroups" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_accounts, "accounts", account_columns);

#define BAR(name, statement)	DH_GETTER(struct dh_bar, bar_##name, statement)
#define BAR_VALUE(member, kind) DH_VALUE(struct dh_bar, member, kind)

/* With names and figures of usual lengths, a table with these bars is at most 80 columns wide. */
#define BAR_MAX 30

BAR(heap, dh_cell_text(cell, of->heap ? of->heap : OTHER))

/*
 * A bar is "|" followed by #: BAR_MAX # for the largest count of the heap, and at least one # for
 * any count above 0.
 */
static void set_bar(const struct dh_bar *bar, struct dh_cell *cell)
{
	size_t length = (size_t)((double)bar->count / (double)bar->largest * BAR_MAX);

	if (bar->count && !length)
		length = 1;
	cell->store[0] = '|';
	memset(cell->store + 1, '#', length);
	cell->store[1 + length] = '\0';
	dh_cell_text(cell, cell->store);
}

BAR(bar, set_bar(of, cell))

/* clang-format off */
static const struct dh_column bar_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, bar_heap, .help = "name of the heap" },
	{ "FROM", "from_ns", DH_SHOWN | DH_RIGHT, BAR_VALUE(from, DURATION),
	  .help = "lower bound of the latencies in this row; the upper bound is twice this "
		  "duration (none from 2^39 ns)" },
	{ "COUNT", "count", DH_SHOWN | DH_RIGHT, BAR_VALUE(count, COUNT),
	  .help = "number of successful allocations" },
	{ "BAR", "bar", DH_SHOWN, bar_bar,
	  .help = "COUNT as a bar, in proportion to the largest COUNT of the heap" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_histogram, "histogram", bar_columns);

#define AUDIT(name, statement)	  DH_GETTER(struct dh_audit, audit_##name, statement)
#define AUDIT_VALUE(member, kind) DH_VALUE(struct dh_audit, member, kind)

AUDIT(verdict, dh_cell_text(cell, of->text))
AUDIT(balanced, set_balanced(&of->verdict, cell))

/* clang-format off */
static const struct dh_column audit_columns[] = {
	{ "VERDICT", "verdict", DH_SHOWN | DH_WRAP, audit_verdict,
	  .help = "verdict for all selected heaps" },
	{ "BALANCED", "balanced", DH_SHOWN, audit_balanced,
	  .help = "whether all selected heaps are balanced" },
	{ "MODULE", "module", DH_SHOWN, AUDIT_VALUE(counted, TRUTH),
	  .help = "whether the accounts of the debug module are available" },
	{ "MISSED", "missed", DH_SHOWN | DH_RIGHT, AUDIT_VALUE(missed, COUNT),
	  .help = "calls that the debug module missed" },
	{ "ELAPSED", "elapsed_ns", DH_SHOWN | DH_RIGHT, AUDIT_VALUE(elapsed, DURATION),
	  .help = "time between the two snapshots of an interval" },
	{ "STATUS", "command_status", DH_SHOWN | DH_RIGHT, AUDIT_VALUE(status, COUNT),
	  .help = "exit status of the command, or 128 plus the number of the signal that killed "
		  "it" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_audit, "audit", audit_columns);

/* Returns true if the caller is dmaheap_client, through which 'dmaheapctl kernel' uses heaps. */
static bool is_client(const struct dh_callsite *callsite)
{
	return dh_text_same(callsite->module, DMAHEAP_CLIENT_MODULE);
}

#define CALLSITE(name, statement)    DH_GETTER(struct dh_callsite, callsite_##name, statement)
#define CALLSITE_VALUE(member, kind) DH_VALUE(struct dh_callsite, member, kind)
#define MISS(name, statement)	     DH_GETTER(struct dh_miss, miss_##name, statement)
#define MISS_VALUE(member, kind)     DH_VALUE(struct dh_miss, member, kind)

CALLSITE(symbol, dh_cell_text(cell, of->symbol ? of->symbol : OTHER))
CALLSITE(client, if (of->module) dh_cell_number(cell, DH_CELL_TRUTH, is_client(of)))
MISS(name, dh_cell_text(cell, of->name ? of->name : OTHER))

static void set_caller(const struct dh_callsite *callsite, struct dh_cell *cell)
{
	if (callsite->symbol)
		dh_cell_text(cell, callsite->symbol);
	else if (is_client(callsite))
		dh_cell_text(cell, DMAHEAP_CLIENT_MODULE " (companion)");
	else
		dh_cell_text(cell, callsite->module ? callsite->module : OTHER);
}

CALLSITE(caller, set_caller(of, cell))
CALLSITE(net, dh_cell_maybe(cell, DH_CELL_CHANGE, dh_signed_minus(of->finds, of->puts)))

/* clang-format off */
static const struct dh_column callsite_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, CALLSITE_VALUE(heap, TEXT), .help = "name of the heap" },
	{ "MODULE", "module", DH_SHOWN, CALLSITE_VALUE(module, TEXT),
	  .help = "module of the calling code" },
	{ "SYMBOL", "symbol", DH_SHOWN, callsite_symbol,
	  .help = "calling function and offset of the return address" },
	{ "FINDS", "finds", DH_SHOWN | DH_RIGHT, CALLSITE_VALUE(finds, COUNT),
	  .help = "in-kernel references taken by name or with dma_heap_get()" },
	{ "PUTS", "puts", DH_SHOWN | DH_RIGHT, CALLSITE_VALUE(puts, COUNT),
	  .help = "in-kernel references released" },
	{ "NET", "net", DH_SHOWN | DH_RIGHT, callsite_net,
	  .help = "FINDS minus PUTS" },
	{ "KALLOCS", "kallocs", DH_SHOWN | DH_RIGHT, CALLSITE_VALUE(kallocs, COUNT),
	  .help = "allocations, including failed ones" },
};

static const struct dh_column caller_columns[] = {
	{ "CALLER", "caller", DH_SHOWN | DH_TREE, callsite_caller,
	  .help = "module, or one of its call sites: calling function and offset" },
	{ "FINDS", "finds", DH_SHOWN | DH_RIGHT, CALLSITE_VALUE(finds, COUNT),
	  .help = "in-kernel references taken by name or with dma_heap_get()" },
	{ "PUTS", "puts", DH_SHOWN | DH_RIGHT, CALLSITE_VALUE(puts, COUNT),
	  .help = "in-kernel references released" },
	{ "NET", "net", DH_SHOWN | DH_RIGHT, callsite_net, .help = "FINDS minus PUTS" },
	{ "HEAP", "heap", DH_SHOWN, CALLSITE_VALUE(heap, TEXT),
	  .help = "name of the heap; absent if the module uses several" },
	{ "KALLOCS", "kallocs", DH_RIGHT, CALLSITE_VALUE(kallocs, COUNT),
	  .help = "allocations, including failed ones" },
	{ "MODULE", "module", 0, CALLSITE_VALUE(module, TEXT),
	  .help = "module of the calling code" },
	{ "SYMBOL", "symbol", 0, CALLSITE_VALUE(symbol, TEXT),
	  .help = "calling function and offset of the return address; absent for a module" },
	{ "CLIENT", "client", 0, callsite_client,
	  .help = "whether the module is dmaheap_client (see 'dmaheapctl kernel')" },
};

static const struct dh_column miss_columns[] = {
	{ "MISSING", "name", DH_SHOWN, miss_name,
	  .help = "heap name that kernel code looked up without success" },
	{ "COUNT", "count", DH_SHOWN | DH_RIGHT, MISS_VALUE(count, COUNT),
	  .help = "number of unsuccessful lookups of the name" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_callsites, "callsites", callsite_columns);
DH_SCHEMA(dh_schema_callers, "modules", caller_columns);
DH_SCHEMA(dh_schema_misses, "misses", miss_columns);
