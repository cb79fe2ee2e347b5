// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/schemas.h"

#include "model/balance.h"

/* Sum of everything outside the tables of the debug module. No heap has this name. */
#define OTHER			 "(other)"

#define ACCOUNT(name, statement) DH_GETTER(struct dh_balance, account_##name, statement)
#define FIGURE(name, kind) \
	ACCOUNT(name, dh_cell_maybe(cell, DH_CELL_##kind, of->figures[DH_FIGURE_##name]))
#define NUMBER(name, kind) ACCOUNT(name, dh_cell_maybe(cell, DH_CELL_##kind, of->name))

/* The cell stays absent if unknown figures leave the result open. */
static void set_balanced(const struct dh_balance_verdict *verdict, struct dh_cell *cell)
{
	if (dh_balance_leaks(verdict))
		dh_cell_number(cell, DH_CELL_TRUTH, false);
	else if (dh_balance_exact(verdict))
		dh_cell_number(cell, DH_CELL_TRUTH, true);
}

ACCOUNT(heap, dh_cell_text(cell, of->heap ? of->heap : OTHER))
ACCOUNT(verdict, dh_cell_text(cell, of->text))
ACCOUNT(balanced, set_balanced(&of->verdict, cell))
ACCOUNT(errnos, dh_cell_nonempty(cell, of->errnos))
ACCOUNT(latency, dh_cell_nonempty(cell, of->latency))
ACCOUNT(charged, dh_cell_maybe(cell, DH_CELL_TRUTH, of->charging))
FIGURE(finds, COUNT)
FIGURE(puts, COUNT)
FIGURE(refs, COUNT)
FIGURE(allocs, COUNT)
FIGURE(alloc_fails, COUNT)
FIGURE(frees, COUNT)
FIGURE(live, COUNT)
FIGURE(live_bytes, BYTES)
NUMBER(seen, COUNT)
NUMBER(kernel, COUNT)
FIGURE(opens, COUNT)
FIGURE(closes, COUNT)
FIGURE(peak, COUNT)
FIGURE(peak_bytes, BYTES)
NUMBER(seen_bytes, BYTES)
NUMBER(kernel_bytes, BYTES)
NUMBER(refs_left, COUNT)
NUMBER(left, COUNT)
NUMBER(left_bytes, BYTES)
FIGURE(alloc_bytes, BYTES)
FIGURE(kallocs, COUNT)
FIGURE(kalloc_fails, COUNT)
FIGURE(kalloc_bytes, BYTES)
FIGURE(free_bytes, BYTES)
FIGURE(older, COUNT)
FIGURE(older_bytes, BYTES)
FIGURE(old_puts, COUNT)
FIGURE(kept, COUNT)
FIGURE(kept_bytes, BYTES)
FIGURE(kept_refs, COUNT)
FIGURE(undone, COUNT)
FIGURE(unseen, COUNT)
NUMBER(missed, COUNT)
NUMBER(region_size, BYTES)
NUMBER(region_used, BYTES)

/* clang-format off */
static const struct dh_column account_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, account_heap, .help = "name of the heap" },
	{ "FINDS", "finds", DH_SHOWN | DH_RIGHT, account_finds,
	  .help = "in-kernel references that drivers took by name" },
	{ "PUTS", "puts", DH_SHOWN | DH_RIGHT, account_puts,
	  .help = "in-kernel references that drivers released" },
	{ "REFS", "refs", DH_SHOWN | DH_RIGHT, account_refs,
	  .help = "in-kernel references that are held" },
	{ "ALLOCS", "allocs", DH_SHOWN | DH_RIGHT, account_allocs,
	  .help = "buffers allocated through the device node" },
	{ "FAILS", "alloc_fails", DH_SHOWN | DH_RIGHT, account_alloc_fails,
	  .help = "failed allocations through the device node" },
	{ "FREES", "frees", DH_SHOWN | DH_RIGHT, account_frees,
	  .help = "freed buffers whose allocation was counted" },
	{ "LIVE", "live", DH_SHOWN | DH_RIGHT, account_live,
	  .help = "buffers allocated and not yet freed" },
	{ "BYTES", "live_bytes", DH_SHOWN | DH_RIGHT, account_live_bytes,
	  .help = "total size of the live buffers" },
	{ "SEEN", "seen", DH_SHOWN | DH_RIGHT, account_seen,
	  .help = "buffers that processes hold by descriptor or mapping" },
	{ "KERNEL", "kernel", DH_SHOWN | DH_RIGHT, account_kernel,
	  .help = "live buffers that no process holds" },
	{ "VERDICT", "verdict", DH_SHOWN, account_verdict, .help = "result of the comparison" },
	{ "BALANCED", "balanced", 0, account_balanced,
	  .help = "no references held, processes hold all live buffers; interval: no leaks" },
	{ "OPENS", "opens", DH_RIGHT, account_opens,
	  .help = "number of times the node was opened" },
	{ "CLOSES", "closes", DH_RIGHT, account_closes,
	  .help = "number of times the node was closed" },
	{ "PEAK", "peak", DH_RIGHT, account_peak, .help = "maximum number of live buffers" },
	{ "PEAK-BYTES", "peak_bytes", DH_RIGHT, account_peak_bytes,
	  .help = "maximum total size of the live buffers" },
	{ "SEEN-BYTES", "seen_bytes", DH_RIGHT, account_seen_bytes,
	  .help = "total size of the buffers that processes hold" },
	{ "KERNEL-BYTES", "kernel_bytes", DH_RIGHT, account_kernel_bytes,
	  .help = "total size of the live buffers that no process holds" },
	{ "REFS-LEFT", "refs_left", DH_RIGHT, account_refs_left,
	  .help = "interval: increase of in-kernel references" },
	{ "LEFT", "left", DH_RIGHT, account_left, .help = "interval: increase of live buffers" },
	{ "LEFT-BYTES", "left_bytes", DH_RIGHT, account_left_bytes,
	  .help = "interval: increase of the total size of live buffers" },
	{ "ALLOC-BYTES", "alloc_bytes", DH_RIGHT, account_alloc_bytes,
	  .help = "bytes allocated through the device node" },
	{ "KALLOCS", "kallocs", DH_RIGHT, account_kallocs,
	  .help = "buffers allocated by kernel code" },
	{ "KALLOC-FAILS", "kalloc_fails", DH_RIGHT, account_kalloc_fails,
	  .help = "failed allocations by kernel code" },
	{ "KALLOC-BYTES", "kalloc_bytes", DH_RIGHT, account_kalloc_bytes,
	  .help = "bytes allocated by kernel code" },
	{ "FREE-BYTES", "free_bytes", DH_RIGHT, account_free_bytes,
	  .help = "total size of the freed buffers" },
	{ "OLDER", "older", DH_RIGHT, account_older,
	  .help = "freed buffers that are older than the module" },
	{ "OLDER-BYTES", "older_bytes", DH_RIGHT, account_older_bytes,
	  .help = "total size of the freed buffers that are older than the module" },
	{ "OLD-PUTS", "old_puts", DH_RIGHT, account_old_puts,
	  .help = "released references that are older than the module" },
	{ "KEPT", "kept", DH_RIGHT, account_kept, .help = "live buffers at the last reset" },
	{ "KEPT-BYTES", "kept_bytes", DH_RIGHT, account_kept_bytes,
	  .help = "total size of the live buffers at the last reset" },
	{ "KEPT-REFS", "kept_refs", DH_RIGHT, account_kept_refs,
	  .help = "held references at the last reset" },
	{ "UNDONE", "undone", DH_RIGHT, account_undone,
	  .help = "buffers created for an allocation that failed later" },
	{ "UNSEEN", "unseen", DH_RIGHT, account_unseen,
	  .help = "allocations whose buffer the module missed, so LIVE is too low" },
	{ "MISSED", "missed", DH_RIGHT, account_missed,
	  .help = "calls for any heap that the module missed" },
	{ "ERRNOS", "errnos", 0, account_errnos, .help = "failed allocations by errno" },
	{ "LATENCY", "latency", 0, account_latency,
	  .help = "allocations by log2 of their duration in nanoseconds" },
	{ "REGION-SIZE", "region_size", DH_RIGHT, account_region_size,
	  .help = "size of the heap's memory region" },
	{ "REGION-USED", "region_used", DH_RIGHT, account_region_used,
	  .help = "bytes of the region that are in use" },
	{ "CHARGED", "charged", 0, account_charged, .help = "whether heaps charge memory cgroups" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_accounts, "accounts", account_columns);

#define AUDIT(name, statement) DH_GETTER(struct dh_audit, audit_##name, statement)

AUDIT(verdict, dh_cell_text(cell, of->text))
AUDIT(balanced, set_balanced(&of->verdict, cell))
AUDIT(module, dh_cell_number(cell, DH_CELL_TRUTH, of->counted))
AUDIT(missed, dh_cell_maybe(cell, DH_CELL_COUNT, of->missed))
AUDIT(elapsed_ns, dh_cell_maybe(cell, DH_CELL_DURATION, of->elapsed))
AUDIT(command_status, dh_cell_maybe(cell, DH_CELL_COUNT, of->status))

/* clang-format off */
static const struct dh_column audit_columns[] = {
	{ "VERDICT", "verdict", DH_SHOWN, audit_verdict, .help = "result for all heaps" },
	{ "BALANCED", "balanced", DH_SHOWN, audit_balanced,
	  .help = "whether all heaps are balanced" },
	{ "MODULE", "module", DH_SHOWN, audit_module,
	  .help = "whether the debug module is loaded" },
	{ "MISSED", "missed", DH_SHOWN | DH_RIGHT, audit_missed,
	  .help = "calls that the module missed" },
	{ "ELAPSED", "elapsed_ns", DH_SHOWN | DH_RIGHT, audit_elapsed_ns,
	  .help = "interval: time between the snapshots" },
	{ "STATUS", "command_status", DH_SHOWN | DH_RIGHT, audit_command_status,
	  .help = "exit status of the command" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_audit, "audit", audit_columns);

#define CALLSITE(name, statement) DH_GETTER(struct dh_callsite, callsite_##name, statement)
#define MISS(name, statement)	  DH_GETTER(struct dh_miss, miss_##name, statement)

CALLSITE(heap, dh_cell_text(cell, of->heap))
CALLSITE(module, dh_cell_text(cell, of->module))
CALLSITE(symbol, dh_cell_text(cell, of->symbol ? of->symbol : OTHER))
CALLSITE(finds, dh_cell_maybe(cell, DH_CELL_COUNT, of->finds))
CALLSITE(puts, dh_cell_maybe(cell, DH_CELL_COUNT, of->puts))
CALLSITE(kallocs, dh_cell_maybe(cell, DH_CELL_COUNT, of->kallocs))
MISS(name, dh_cell_text(cell, of->name ? of->name : OTHER))
MISS(count, dh_cell_maybe(cell, DH_CELL_COUNT, of->count))

static void callsite_difference(const void *row, const void *context, struct dh_cell *cell)
{
	bool negative;
	struct dh_maybe size = dh_callsite_difference(row, &negative);

	(void)context;
	if (size.known)
		dh_cell_number(cell, DH_CELL_CHANGE, negative ? -size.value : size.value);
}

/* clang-format off */
static const struct dh_column callsite_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, callsite_heap, .help = "name of the heap" },
	{ "MODULE", "module", DH_SHOWN, callsite_module, .help = "module of the calling code" },
	{ "SYMBOL", "symbol", DH_SHOWN, callsite_symbol,
	  .help = "calling function and offset of the return address" },
	{ "FINDS", "finds", DH_SHOWN | DH_RIGHT, callsite_finds,
	  .help = "references taken by name" },
	{ "PUTS", "puts", DH_SHOWN | DH_RIGHT, callsite_puts, .help = "references released" },
	{ "DIFFERENCE", "difference", DH_SHOWN | DH_RIGHT, callsite_difference,
	  .help = "finds minus puts" },
	{ "KALLOCS", "kallocs", DH_SHOWN | DH_RIGHT, callsite_kallocs,
	  .help = "buffers allocated" },
};

static const struct dh_column miss_columns[] = {
	{ "MISSING", "name", DH_SHOWN, miss_name, .help = "requested name that no heap has" },
	{ "COUNT", "count", DH_SHOWN | DH_RIGHT, miss_count, .help = "number of requests" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_callsites, "callsites", callsite_columns);
DH_SCHEMA(dh_schema_misses, "misses", miss_columns);
