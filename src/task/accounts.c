// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/accounts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/debug.h"
#include "base/auto.h"
#include "base/clock.h"
#include "base/units.h"
#include "discover/debug.h"
#include "discover/discover.h"
#include "discover/holders.h"
#include "discover/snapshot.h"
#include "model/selection.h"
#include "task/heaps.h"
#include "task/module.h"

/* Maximum of the parameter "buffers" of dmaheap_debug. */
#define BUFFERS_MAX (1 << 20)

void dh_accounts_release(struct dh_accounts *accounts)
{
	free(accounts->rows);
	free(accounts->bars);
	dh_callers_clear(&accounts->callers);
	dh_snapshot_clear(&accounts->snapshot);
	dh_snapshot_clear(&accounts->growth);
	dh_inventory_clear(&accounts->inventory);
	*accounts = (struct dh_accounts){ 0 };
}

/*
 * Adds the number and size of the buffers of each exporter to the snapshot. If /proc is not
 * readable or contains no process, snapshot->scanned stays false. Returns 0 or -ENOMEM.
 */
static int read_holders(const struct dh_env *env, struct dh_snapshot *snapshot)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	int ret = dh_holders_read(&env->root, &holders);

	if (ret == -ENOMEM)
		return ret;
	if (ret) {
		dh_note(&env->log, "processes: %s", dh_error_text(-ret));
		return 0;
	}
	/* A /proc without any process is not a procfs: the holders are unknown. */
	if (!holders.n_processes)
		return 0;
	snapshot->scanned = true;
	snapshot->listed = holders.listed;
	snapshot->scan_incomplete = dh_holders_incomplete(&holders);
	for (size_t i = 0; i < holders.n_buffers; i++) {
		const struct dh_held_buffer *buffer = &holders.buffers[i];
		bool held = buffer->n_holders > 0;

		if (!buffer->exporter) {
			snapshot->exporter_unknown = true;
			continue;
		}
		ret = dh_snapshot_add_buffer(snapshot, buffer->exporter, held,
					     buffer->size.known ? buffer->size.value : 0);
		if (ret)
			return ret;
	}
	return 0;
}

/* Minimum number of attempts if buffers are allocated or freed during each attempt. */
#define ATTEMPTS 4

static int read_accounts(const struct dh_env *env, struct dh_accounts *accounts)
{
	struct dh_snapshot *snapshot = &accounts->snapshot;

	dh_snapshot_clear(snapshot);
	accounts->module_error = dh_debug_read(&env->root, snapshot);
	return accounts->module_error == -ENOMEM ? -ENOMEM : 0;
}

/*
 * Reads the accounts, the holders, and the accounts again, because the kernel cannot report
 * accounts and holders at the same time. Repeats all three reads if the accounts show an allocation
 * or a free in between. Sets snapshot->buffers_changed if no attempt succeeds, or if the second
 * read of the accounts fails. Returns 0 or -ENOMEM.
 */
static int read_consistently(const struct dh_env *env, uint64_t retry_time,
			     struct dh_accounts *accounts)
{
	struct dh_snapshot *snapshot = &accounts->snapshot;
	uint64_t began = dh_clock_now();

	for (int attempt = 1;; attempt++) {
		dh_auto(snapshot) struct dh_snapshot again = { 0 };
		int ret = read_accounts(env, accounts);

		if (!ret)
			ret = read_holders(env, snapshot);
		if (ret || accounts->module_error || !snapshot->scanned)
			return ret;
		ret = dh_debug_read(&env->root, &again);
		if (ret == -ENOMEM || (!ret && dh_snapshot_same_buffers(snapshot, &again)))
			return ret;
		if (ret || (attempt >= ATTEMPTS && dh_clock_now() - began >= retry_time)) {
			snapshot->buffers_changed = true;
			return 0;
		}
		dh_note(&env->log, "buffers were allocated or freed during the count: retrying");
	}
}

/*
 * Reads only the heaps in `heaps` if each word is the name of a registered heap. Otherwise, and if
 * `heaps` is empty, reads all heaps. Returns a status; prints the error, if any.
 */
static enum dh_status read_heaps(const struct dh_env *env, const struct dh_words *heaps,
				 struct dh_inventory *inventory)
{
	int ret = heaps->n ? 0 : -ENOENT;

	for (size_t i = 0; i < heaps->n && !ret; i++)
		ret = dh_discover_heap(&env->root, heaps->each[i], inventory);
	if (!ret)
		return DH_EXIT_DONE;
	dh_inventory_clear(inventory);
	return dh_heaps_read_names(env, inventory);
}

enum dh_status dh_accounts_read(const struct dh_env *env, const struct dh_words *heaps,
				uint64_t retry_time, struct dh_accounts *accounts)
{
	enum dh_status status = read_heaps(env, heaps, &accounts->inventory);
	int ret;

	if (status)
		return status;
	ret = read_consistently(env, retry_time, accounts);
	if (ret) {
		/* Clear the snapshot, so that --save does not write an incomplete one. */
		dh_snapshot_clear(&accounts->snapshot);
		return dh_fail(DH_EXIT_ERROR, ret, "reading accounts: %m");
	}
	if (accounts->snapshot.buffers_changed)
		dh_remark(env,
			  "number of kernel-only buffers unknown: buffers were allocated or freed "
			  "during the count; use --settle to retry for longer");
	return DH_EXIT_DONE;
}

enum dh_status dh_accounts_reread(const struct dh_env *env, struct dh_accounts *accounts)
{
	int ret = read_accounts(env, accounts);

	return ret ? dh_fail(DH_EXIT_ERROR, ret, "reading accounts: %m") : DH_EXIT_DONE;
}

/* Returns true if the file `path` beneath `dir` contains "0". */
static bool is_off(int dir, const char *path)
{
	uint64_t value;

	return !dh_file_read_u64(dir, path, &value) && !value;
}

/* Prints a message for `error`, the -errno from an access to the files of dmaheap_debug. */
static enum dh_status module_failed(const struct dh_env *env, int error)
{
	const char *state = "did not run for some time; ";

	if (error != -ESTALE)
		return dh_module_access_failed(env, DMAHEAP_DEBUG_MODULE, DMAHEAP_DEBUG_MAJOR,
					       error);
	/* The probes did not run for some time: the module reports no figures until a reload. */
	if (is_off(env->root.sys, "kernel/debug/kprobes/enabled"))
		state = "do not run: kprobes/enabled in debugfs is 0; write 1 to it and ";
	else if (is_off(env->root.proc, "sys/kernel/ftrace_enabled"))
		state = "do not run: kernel.ftrace_enabled is 0; set it to 1 and ";
	return dh_fail(DH_EXIT_ERROR, 0, "module '%s': no figures: the probes %sreload the module",
		       DMAHEAP_DEBUG_MODULE, state);
}

enum dh_status dh_accounts_check_module(const struct dh_env *env,
					const struct dh_accounts *accounts)
{
	return accounts->module_error ? module_failed(env, accounts->module_error) : DH_EXIT_DONE;
}

enum dh_status dh_accounts_reset(const struct dh_env *env, const struct dh_words *heaps)
{
	size_t n = heaps->n ? heaps->n : 1;

	for (size_t i = 0; i < n; i++) {
		const char *heap = heaps->n ? heaps->each[i] : NULL;
		int ret = dh_debug_reset(&env->root, heap);

		if (ret == -ENODATA)
			dh_remark(env, "heap '%s': no account yet: nothing to reset", heap);
		else if (ret)
			return module_failed(env, ret);
	}
	return DH_EXIT_DONE;
}

/*
 * Removes the rows that `heaps` does not select. Returns DH_EXIT_NOT_FOUND if a word in `heaps`
 * selects no row.
 */
static enum dh_status select_rows(const struct dh_env *env, const struct dh_words *heaps,
				  bool verbose, struct dh_accounts *accounts)
{
	const struct dh_inventory *inventory = &accounts->inventory;
	struct dh_balance *rows = accounts->rows;
	enum dh_status status = DH_EXIT_DONE;
	size_t kept = 0;

	for (size_t i = 0; i < heaps->n; i++) {
		bool found = false;

		for (size_t j = 0; j < accounts->n && !found; j++)
			found = rows[j].heap &&
				dh_heap_matches(inventory, rows[j].heap, heaps->each[i]);
		if (found)
			continue;
		status = DH_EXIT_NOT_FOUND;
		if (verbose)
			dh_heaps_no_such(env, inventory, heaps->each[i], "heap");
	}
	for (size_t i = 0; i < accounts->n; i++)
		if (dh_heap_matches_any(inventory, rows[i].heap, heaps->each, heaps->n))
			rows[kept++] = rows[i];
	accounts->n = kept;
	return status;
}

/* Removes all call sites except those of heaps that have a row. */
static void select_callsites(struct dh_accounts *accounts)
{
	struct dh_snapshot *growth = &accounts->growth;
	size_t kept = 0;

	for (size_t i = 0; i < growth->n_callsites; i++) {
		struct dh_callsite callsite = growth->callsites[i];
		bool selected = false;

		for (size_t j = 0; callsite.heap && j < accounts->n && !selected; j++)
			selected = accounts->rows[j].heap &&
				   !strcmp(accounts->rows[j].heap, callsite.heap);
		if (selected) {
			growth->callsites[kept++] = callsite;
			continue;
		}
		free(callsite.heap);
		free(callsite.module);
		free(callsite.symbol);
	}
	growth->n_callsites = kept;
}

enum dh_status dh_accounts_compare(const struct dh_env *env, const struct dh_snapshot *before,
				   const struct dh_words *heaps, bool verbose,
				   struct dh_accounts *after)
{
	const struct dh_snapshot nothing = { 0 };
	enum dh_status status;
	int ret;

	free(after->rows);
	free(after->bars);
	after->rows = NULL;
	after->bars = NULL;
	after->n = 0;
	dh_callers_clear(&after->callers);
	dh_snapshot_clear(&after->growth);
	ret = dh_balance_make(&after->inventory, before, &after->snapshot, &after->rows, &after->n);
	if (!ret)
		ret = dh_snapshot_growth(before ? before : &nothing, &after->snapshot,
					 &after->growth);
	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "comparing the accounts: %m");
	status = select_rows(env, heaps, verbose, after);
	if (heaps->n)
		select_callsites(after);
	dh_callsites_sort(after->growth.callsites, after->growth.n_callsites);
	ret = dh_callers_make(after->growth.callsites, after->growth.n_callsites, &after->callers);
	if (!ret)
		ret = dh_histogram_make(after->rows, after->n, &after->bars, &after->n_bars);
	return ret ? dh_fail(DH_EXIT_ERROR, ret, "grouping the accounts: %m") : status;
}

enum dh_status dh_accounts_verdict(const struct dh_accounts *accounts, struct dh_audit *audit)
{
	dh_balance_total(accounts->rows, accounts->n, &audit->verdict);
	if (!accounts->snapshot.counted)
		audit->verdict.unknown |= DH_UNKNOWN_MODULE;
	dh_balance_text(&audit->verdict, audit->text);
	audit->counted = accounts->snapshot.counted;
	if (!audit->missed.known)
		audit->missed = accounts->snapshot.missed;
	if (dh_balance_leaks(&audit->verdict))
		return DH_EXIT_UNBALANCED;
	return dh_balance_exact(&audit->verdict) ? DH_EXIT_DONE : DH_EXIT_ERROR;
}

void dh_accounts_explain(const struct dh_accounts *accounts)
{
	for (size_t i = 0; i < accounts->n; i++) {
		const struct dh_balance *row = &accounts->rows[i];
		const char *heap = row->heap ? row->heap : "(other)";

		if (dh_balance_leaks(&row->verdict))
			dh_fail(DH_EXIT_UNBALANCED, 0, "heap '%s': %s", heap, row->text);
		else if (!dh_balance_exact(&row->verdict))
			dh_fail(DH_EXIT_ERROR, 0, "heap '%s': unknown: %s", heap, row->text);
	}
}

void dh_accounts_remark_untracked(const struct dh_env *env, const struct dh_snapshot *snapshot)
{
	const char *missed = snapshot->missed.value ? ", or a probe missed the buffer" : "";
	uint64_t untracked = 0, needed = 0, size = 1;

	for (size_t i = 0; i < snapshot->n_accounts; i++) {
		untracked += snapshot->accounts[i].figures[DH_FIGURE_unseen].value;
		needed += snapshot->accounts[i].figures[DH_FIGURE_peak].value;
	}
	if (!untracked)
		return;
	needed += untracked;
	while (size < needed && size < BUFFERS_MAX)
		size *= 2;
	dh_remark(env,
		  "module 'dmaheap_debug': %" PRIu64 " buffer%s not tracked: the table of live "
		  "buffers was full%s; unload the module, and run 'dmaheapctl module load debug "
		  "buffers=%" PRIu64 "'",
		  untracked, untracked == 1 ? "" : "s", missed, size);
}

enum dh_status dh_accounts_load(const char *path, struct dh_snapshot *snapshot)
{
	dh_auto(file) FILE *file = fopen(path, "re");
	int ret = file ? dh_snapshot_read(file, snapshot) : -errno;
	const char *why = strerror(-ret);

	if (ret == -EBADMSG)
		why = "not a snapshot written by --save";
	else if (ret == -EPROTO)
		why = "written by another version of dmaheapctl";
	return ret ? dh_fail(DH_EXIT_ERROR, 0, "snapshot '%s': reading: %s", path, why)
		   : DH_EXIT_DONE;
}

enum dh_status dh_accounts_incomparable(const char *path, int error)
{
	const char *why = strerror(-error);

	if (error == -ESTALE)
		why = "snapshot from another boot, or boot ID unknown";
	else if (error == -EXDEV)
		why = "module " DMAHEAP_DEBUG_MODULE " was reloaded after the snapshot";
	else if (error == -ENODATA)
		why = "snapshot taken without the module " DMAHEAP_DEBUG_MODULE;
	return dh_fail(DH_EXIT_ERROR, 0, "snapshot '%s': comparing: %s", path, why);
}
