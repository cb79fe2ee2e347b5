// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * accounts: a row for each heap; audit: all of them together.
 */
#include "present/schemas.h"

#include "base/auto.h"
#include "model/balance.h"

/* What stands for all that found no place in the module's tables; no heap's name as yet. */
#define OTHER			 "(other)"

#define ACCOUNT(name, statement) DH_GETTER(struct dh_balance, get_##name, statement)
#define FIGURE(name, kind) \
	ACCOUNT(name, dh_cell_maybe(cell, DH_CELL_##kind, of->figures[DH_FIGURE_##name]))
#define NUMBER(name, kind) ACCOUNT(name, dh_cell_maybe(cell, DH_CELL_##kind, of->name))

/* Neither yes nor no where something was not seen, unless what was seen is enough. */
static void balanced(const struct dh_balance_verdict *verdict, struct dh_cell *cell)
{
	if (dh_balance_leaks(verdict))
		dh_cell_number(cell, DH_CELL_TRUTH, false);
	else if (dh_balance_exact(verdict))
		dh_cell_number(cell, DH_CELL_TRUTH, true);
}

ACCOUNT(heap, dh_cell_text(cell, of->heap ? of->heap : OTHER))
ACCOUNT(verdict, dh_cell_text(cell, of->text))
ACCOUNT(balanced, balanced(&of->verdict, cell))
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
	{ .name = "HEAP", .key = "heap", .shown = true, .get = get_heap,
	  .help = "name of the heap" },
	{ .name = "FINDS", .key = "finds", .shown = true, .right = true, .get = get_finds,
	  .help = "references that kernel code got by name" },
	{ .name = "PUTS", .key = "puts", .shown = true, .right = true, .get = get_puts,
	  .help = "references that it gave back" },
	{ .name = "REFS", .key = "refs", .shown = true, .right = true, .get = get_refs,
	  .help = "references that are out now" },
	{ .name = "ALLOCS", .key = "allocs", .shown = true, .right = true, .get = get_allocs,
	  .help = "buffers allocated through the node" },
	{ .name = "FAILS", .key = "alloc_fails", .shown = true, .right = true,
	  .get = get_alloc_fails,
	  .help = "allocations through the node that were refused" },
	{ .name = "FREES", .key = "frees", .shown = true, .right = true, .get = get_frees,
	  .help = "buffers freed that were counted when allocated" },
	{ .name = "LIVE", .key = "live", .shown = true, .right = true, .get = get_live,
	  .help = "buffers allocated and not freed yet" },
	{ .name = "BYTES", .key = "live_bytes", .shown = true, .right = true, .get = get_live_bytes,
	  .help = "bytes in those" },
	{ .name = "SEEN", .key = "seen", .shown = true, .right = true, .get = get_seen,
	  .help = "buffers that processes hold, by descriptor or mapping" },
	{ .name = "KERNEL", .key = "kernel", .shown = true, .right = true, .get = get_kernel,
	  .help = "live buffers that no process holds" },
	{ .name = "VERDICT", .key = "verdict", .shown = true, .get = get_verdict,
	  .help = "what it comes to" },
	{ .name = "BALANCED", .key = "balanced", .get = get_balanced,
	  .help = "nothing is held but by processes; of a difference: nothing was left" },
	{ .name = "OPENS", .key = "opens", .right = true, .get = get_opens,
	  .help = "times the node was opened" },
	{ .name = "CLOSES", .key = "closes", .right = true, .get = get_closes,
	  .help = "times it was closed" },
	{ .name = "PEAK", .key = "peak", .right = true, .get = get_peak,
	  .help = "most buffers that were live together" },
	{ .name = "PEAK-BYTES", .key = "peak_bytes", .right = true, .get = get_peak_bytes,
	  .help = "most bytes that were" },
	{ .name = "SEEN-BYTES", .key = "seen_bytes", .right = true, .get = get_seen_bytes,
	  .help = "bytes in the buffers that processes hold" },
	{ .name = "KERNEL-BYTES", .key = "kernel_bytes", .right = true, .get = get_kernel_bytes,
	  .help = "bytes in those that no process holds" },
	{ .name = "REFS-LEFT", .key = "refs_left", .right = true, .get = get_refs_left,
	  .help = "of a difference: references more than before" },
	{ .name = "LEFT", .key = "left", .right = true, .get = get_left,
	  .help = "of a difference: live buffers more than before" },
	{ .name = "LEFT-BYTES", .key = "left_bytes", .right = true, .get = get_left_bytes,
	  .help = "of a difference: bytes in live buffers more than before" },
	{ .name = "ALLOC-BYTES", .key = "alloc_bytes", .right = true, .get = get_alloc_bytes,
	  .help = "bytes allocated through the node" },
	{ .name = "KALLOCS", .key = "kallocs", .right = true, .get = get_kallocs,
	  .help = "buffers allocated by kernel code" },
	{ .name = "KALLOC-FAILS", .key = "kalloc_fails", .right = true, .get = get_kalloc_fails,
	  .help = "allocations by kernel code that were refused" },
	{ .name = "KALLOC-BYTES", .key = "kalloc_bytes", .right = true, .get = get_kalloc_bytes,
	  .help = "bytes allocated by kernel code" },
	{ .name = "FREE-BYTES", .key = "free_bytes", .right = true, .get = get_free_bytes,
	  .help = "bytes in the buffers freed" },
	{ .name = "OLDER", .key = "older", .right = true, .get = get_older,
	  .help = "buffers freed that were there before the module" },
	{ .name = "OLDER-BYTES", .key = "older_bytes", .right = true, .get = get_older_bytes,
	  .help = "bytes in those" },
	{ .name = "OLD-PUTS", .key = "old_puts", .right = true, .get = get_old_puts,
	  .help = "references given back that were got before the module was there" },
	{ .name = "KEPT", .key = "kept", .right = true, .get = get_kept,
	  .help = "buffers that were live at the last reset" },
	{ .name = "KEPT-BYTES", .key = "kept_bytes", .right = true, .get = get_kept_bytes,
	  .help = "bytes in those" },
	{ .name = "KEPT-REFS", .key = "kept_refs", .right = true, .get = get_kept_refs,
	  .help = "references that were out at the last reset" },
	{ .name = "UNDONE", .key = "undone", .right = true, .get = get_undone,
	  .help = "buffers made for an allocation that then failed" },
	{ .name = "UNSEEN", .key = "unseen", .right = true, .get = get_unseen,
	  .help = "allocations whose buffer was not seen, so that LIVE lacks it" },
	{ .name = "MISSED", .key = "missed", .right = true, .get = get_missed,
	  .help = "calls, about whatever heap, that the module missed" },
	{ .name = "ERRNOS", .key = "errnos", .get = get_errnos,
	  .help = "failures by error" },
	{ .name = "LATENCY", .key = "latency", .get = get_latency,
	  .help = "allocations by the power of two of their nanoseconds" },
	{ .name = "REGION-SIZE", .key = "region_size", .right = true, .get = get_region_size,
	  .help = "size of the heap's memory region" },
	{ .name = "REGION-USED", .key = "region_used", .right = true, .get = get_region_used,
	  .help = "what is taken of it, by whomever" },
	{ .name = "CHARGED", .key = "charged", .get = get_charged,
	  .help = "whether heaps charge memory cgroups" },
};
/* clang-format on */

const struct dh_schema dh_schema_accounts = {
	.key = "accounts",
	.columns = account_columns,
	.n = ARRAY_SIZE(account_columns),
};

#define AUDIT(name, statement) DH_GETTER(struct dh_audit, audit_##name, statement)

AUDIT(verdict, dh_cell_text(cell, of->text))
AUDIT(balanced, balanced(&of->verdict, cell))
AUDIT(module, dh_cell_number(cell, DH_CELL_TRUTH, of->counted))
AUDIT(missed, dh_cell_maybe(cell, DH_CELL_COUNT, of->missed))
AUDIT(elapsed_ns, dh_cell_maybe(cell, DH_CELL_DURATION, of->elapsed))
AUDIT(command_status, dh_cell_maybe(cell, DH_CELL_COUNT, of->status))

/* clang-format off */
static const struct dh_column audit_columns[] = {
	{ .name = "VERDICT", .key = "verdict", .shown = true, .get = audit_verdict,
	  .help = "what it comes to, of all rows together" },
	{ .name = "BALANCED", .key = "balanced", .shown = true, .get = audit_balanced,
	  .help = "nothing is held, or of a difference was left" },
	{ .name = "MODULE", .key = "module", .shown = true, .get = audit_module,
	  .help = "the debug module is there" },
	{ .name = "MISSED", .key = "missed", .shown = true, .right = true, .get = audit_missed,
	  .help = "calls that it missed" },
	{ .name = "ELAPSED", .key = "elapsed_ns", .shown = true, .right = true,
	  .get = audit_elapsed_ns,
	  .help = "of a difference: time between the two moments" },
	{ .name = "STATUS", .key = "command_status", .shown = true, .right = true,
	  .get = audit_command_status,
	  .help = "of the command" },
};
/* clang-format on */

const struct dh_schema dh_schema_audit = {
	.key = "audit",
	.columns = audit_columns,
	.n = ARRAY_SIZE(audit_columns),
};
