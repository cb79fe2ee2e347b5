// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * accounting: show allocations and references of each heap, and find leaks.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/stream.h"
#include "base/units.h"
#include "cmd/commands.h"
#include "cmd/operands.h"
#include "frame/output.h"
#include "frame/saving.h"
#include "frame/screen.h"
#include "present/schemas.h"
#include "present/snapshot.h"
#include "task/accounts.h"
#include "task/program.h"

/* Interval in nanoseconds between two reads of the accounts in wait_for_frees(). */
#define SETTLE_INTERVAL UINT64_C(10000000)

struct accounting_options {
	struct dh_words heaps; /* names, patterns and classes; empty: all heaps */
	char **command;	       /* NULL-terminated; NULL: none */
	const char *save;
	const char *since;
	bool callers;
	bool histogram;
	bool reset;
	bool watch;
	uint64_t interval; /* nanoseconds */
	bool has_settle;
	uint64_t settle; /* nanoseconds */
};

static const struct dh_option own[] = {
	{ DH_OPTION_HEADING, .group = 10, .help = "Report options:" },
	{ DH_OPTION_FLAG, .name = "callers", .given = DH_AT(struct accounting_options, callers),
	  .help = "show the modules that use heaps, and the call sites in these modules, ordered "
		  "by finds minus puts" },
	{ DH_OPTION_FLAG, .name = "histogram", .given = DH_AT(struct accounting_options, histogram),
	  .help = "draw a histogram of the latencies of the successful allocations" },
	{ DH_OPTION_TEXT, .name = "since", .argument = "FILE",
	  .field = DH_AT(struct accounting_options, since),
	  .help = "show the changes since the snapshot in FILE" },
	{ DH_OPTION_DURATION, .name = "watch", .argument = "INTERVAL", .optional = true,
	  .initial = "1s", .min = 1, .given = DH_AT(struct accounting_options, watch),
	  .field = DH_AT(struct accounting_options, interval),
	  .help = "repeat the report every INTERVAL (default: 1s) until a signal arrives" },
	{ DH_OPTION_HEADING, .group = 20, .help = "Snapshot options:" },
	{ DH_OPTION_TEXT, .name = "save", .argument = "FILE",
	  .field = DH_AT(struct accounting_options, save),
	  .help = "save a snapshot to FILE, for --since" },
	{ DH_OPTION_FLAG, .name = "reset", .given = DH_AT(struct accounting_options, reset),
	  .help = "reset the accounts of the named heaps (default: all accounts), and print no "
		  "report" },
	/*
	 * After a command, wait by default: the kernel can free a buffer some time after the last
	 * close (deferred fput).
	 */
	{ DH_OPTION_DURATION, .name = "settle", .argument = "DURATION", .initial = "1s",
	  .given = DH_AT(struct accounting_options, has_settle),
	  .field = DH_AT(struct accounting_options, settle),
	  .help = "wait up to DURATION for a consistent count of buffers and, after COMMAND, for "
		  "the release of references and buffers (default: 1s with COMMAND, 0s without)" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct accounting_options *chosen = options;

	(void)out;
	dh_heap_words(&chosen->heaps);
	if (!chosen->has_settle && !chosen->command)
		chosen->settle = 0;
	if (chosen->watch && dh_duration_operand(&chosen->heaps))
		return "--watch takes its value as --watch=INTERVAL";
	if (chosen->histogram &&
	    (chosen->callers || chosen->watch || env->style.format == DH_FORMAT_JSON))
		return "--histogram cannot be combined with --callers, --watch or --json: in JSON, "
		       "'latency' contains the figures";
	if (chosen->reset && (chosen->callers || chosen->histogram || chosen->since ||
			      chosen->watch || chosen->save || chosen->command))
		return "--reset cannot be combined with --callers, --histogram, --since, --watch, "
		       "--save or a command";
	if (chosen->watch && (chosen->save || chosen->command))
		return "--watch cannot be combined with --save or a command";
	if (chosen->watch && env->style.format == DH_FORMAT_RAW)
		return "--watch cannot be combined with --raw or --pairs";
	if (chosen->command && chosen->since)
		return "--since cannot be combined with a command";
	if (env->sysroot && (chosen->reset || chosen->command))
		return "--sysroot cannot be combined with --reset or a command: a recorded system "
		       "cannot be changed";
	return NULL;
}

/* The accounts at one time or over an interval, and the verdict on them. */
struct result {
	struct dh_accounts now;
	struct dh_audit audit;
	enum dh_status verdict;
};

static void dh_auto_result(struct result *result)
{
	dh_accounts_release(&result->now);
}

static bool has_symbol(const void *row)
{
	return ((const struct dh_callsite *)row)->symbol;
}

static enum dh_status report(const struct dh_env *env, const struct accounting_options *chosen,
			     FILE *out, const struct dh_style *style, const struct result *result)
{
	const struct dh_accounts *now = &result->now;
	const struct dh_snapshot *growth = &now->growth;
	const struct dh_callers *callers = &now->callers;
	const struct dh_section accounts = DH_LIST(dh_schema_accounts, now->rows, now->n);
	const struct dh_section bars = DH_LIST(dh_schema_histogram, now->bars, now->n_bars);
	const struct dh_section modules =
		DH_LIST(dh_schema_callers, callers->modules, callers->n_modules);
	const struct dh_section misses =
		DH_LIST(dh_schema_misses, growth->misses, growth->n_misses);
	/* -o selects columns of the first section: with --callers, begin with the modules. */
	const struct dh_section document[] = {
		chosen->callers ? modules : accounts,
		chosen->callers ? accounts : modules,
		DH_LIST(dh_schema_callsites, growth->callsites, growth->n_callsites),
		misses,
		DH_RECORD(dh_schema_audit, &result->audit, 1),
	};
	struct dh_section tables[] = {
		DH_LIST(dh_schema_callers, callers->rows, callers->n),
		misses,
	};
	struct dh_output output = {
		.env = env,
		.out = out,
		.style = *style,
		.sections = document,
		.n = ARRAY_SIZE(document),
	};

	tables[0].is_child = has_symbol;
	if (style->format != DH_FORMAT_JSON) {
		output.sections = chosen->callers ? tables : chosen->histogram ? &bars : &accounts;
		output.n = chosen->callers ? ARRAY_SIZE(tables) : 1;
	}
	return dh_output_write(&output);
}

/* Prints a remark if the report for --callers or --histogram is empty. */
static void remark_empty(const struct dh_env *env, const struct accounting_options *chosen,
			 const struct dh_accounts *now)
{
	const char *selected = chosen->heaps.n ? " for the selected heaps" : "";
	const bool *counted = now->snapshot.groups;

	if (!now->snapshot.counted || env->style.format == DH_FORMAT_JSON)
		return;
	if (chosen->histogram && !now->n_bars)
		dh_remark(env,
			  "no latencies: " DMAHEAP_DEBUG_MODULE
			  " counted no successful allocation%s",
			  selected);
	if (!chosen->callers || now->callers.n)
		return;
	if (now->snapshot.no_finds)
		dh_remark(env, "no call sites: this kernel has no functions for drivers to find "
			       "heaps");
	else if (counted[DH_GROUP_FINDS] || counted[DH_GROUP_PUTS] || counted[DH_GROUP_KALLOCS])
		dh_remark(env,
			  "no call sites: " DMAHEAP_DEBUG_MODULE
			  " counted no find, put or in-kernel allocation%s",
			  selected);
	else
		dh_remark(env, "call sites unknown: " DMAHEAP_DEBUG_MODULE
			       " cannot count finds, puts or in-kernel allocations");
}

/* Computes the rows and the verdict. Returns the status of dh_accounts_compare(). */
static enum dh_status evaluate(const struct dh_env *env, const struct accounting_options *chosen,
			       const struct dh_snapshot *before, bool verbose,
			       struct result *result)
{
	struct dh_accounts *now = &result->now;
	enum dh_status status = dh_accounts_compare(env, before, &chosen->heaps, verbose, now);

	result->audit.missed = now->snapshot.missed;
	if (before) {
		result->audit.missed = dh_minus(now->snapshot.missed, before->missed);
		result->audit.elapsed = dh_minus(now->snapshot.now, before->now);
	}
	result->verdict = dh_accounts_verdict(now, &result->audit);
	return status;
}

/*
 * Reads and prints the current accounts, or their changes since `before`. Returns a status; prints
 * the error, if any. After DH_EXIT_DONE, result->verdict is DH_EXIT_NOT_FOUND if a heap is missing,
 * otherwise the verdict on the changes, or DH_EXIT_DONE without `before`. The error for a missing
 * heap is printed only if `verbose` is true.
 */
static enum dh_status show_now(const struct dh_env *env, const struct accounting_options *chosen,
			       const struct dh_snapshot *before, bool verbose, FILE *out,
			       const struct dh_style *style, struct result *result)
{
	struct dh_accounts *now = &result->now;
	enum dh_status status, written;
	int ret;

	status = dh_accounts_read(env, &chosen->heaps, chosen->settle, now);
	if (!status && before)
		status = dh_accounts_check_module(env, now);
	if (status)
		return status;
	ret = before ? dh_snapshot_comparable(before, &now->snapshot) : 0;
	if (ret)
		return dh_accounts_incomparable(chosen->since, ret);

	status = evaluate(env, chosen, before, verbose, result);
	if (status && status != DH_EXIT_NOT_FOUND)
		return status;
	if (status || !before)
		result->verdict = status;
	written = report(env, chosen, out, style, result);
	if (!written)
		written = dh_accounts_check_module(env, now);
	if (written)
		return written;
	if (now->snapshot.refused && verbose)
		dh_remark(env,
			  "module 'dmaheap_debug': some figures are missing: the kernel rejects "
			  "probes on %s",
			  now->snapshot.refused);
	if (verbose) {
		dh_accounts_remark_untracked(env, &now->snapshot);
		remark_empty(env, chosen, now);
	}
	return DH_EXIT_DONE;
}

static enum dh_status show(const struct dh_env *env, const struct accounting_options *chosen)
{
	dh_auto(snapshot) struct dh_snapshot before = { 0 };
	dh_auto(result) struct result result = { 0 };
	dh_auto(saving) struct dh_saving saving = { 0 };
	enum dh_status status = DH_EXIT_DONE, saved = DH_EXIT_DONE;

	if (chosen->since)
		status = dh_accounts_load(chosen->since, &before);
	if (!status)
		status = dh_saving_begin(chosen->save, &saving);
	if (status)
		return status;
	status = show_now(env, chosen, chosen->since ? &before : NULL, true, stdout, &env->style,
			  &result);
	if (!status && chosen->since && result.verdict != DH_EXIT_NOT_FOUND)
		dh_accounts_explain(&result.now);
	if (result.now.snapshot.counted && saving.file)
		saved = dh_saving_end(&saving,
				      dh_snapshot_write(saving.file, &result.now.snapshot));
	return dh_status_first(saved, dh_status_first(status, result.verdict));
}

/* --- Watch -------------------------------------------------------------------------- */

struct watch {
	const struct dh_snapshot *before; /* snapshot for --since; NULL: none */
	struct dh_style style;
	const char *footer; /* line below the table; NULL: none */
	bool continued;	    /* set after the first report */
	char *former;	    /* table of the previous report; NULL: none */
};

static void dh_auto_watch(struct watch *watch)
{
	free(watch->former);
}

/*
 * Prints the accounts once: as JSON, or as a table that overwrites the previous one on the
 * terminal. Returns a status; prints the error, if any.
 */
static enum dh_status show_frame(const struct dh_env *env, const struct accounting_options *chosen,
				 struct watch *watch)
{
	dh_auto(result) struct result result = { 0 };
	dh_auto(stream) struct dh_stream table = { 0 };
	const bool is_json = watch->style.format == DH_FORMAT_JSON;
	enum dh_status status;
	struct dh_frame frame;

	if (!is_json && dh_stream_open(&table))
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "formatting the table: %m");
	/* Ignore result.verdict: neither a verdict nor a missing heap ends the watch. */
	status = show_now(env, chosen, watch->before, !watch->continued,
			  is_json ? stdout : table.file, &watch->style, &result);
	watch->continued = true;
	if (is_json)
		return dh_status_first(status, dh_output_flush());
	if (dh_stream_close(&table))
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "formatting the table: %m");
	frame = (struct dh_frame){
		.text = table.text,
		.former = watch->former,
		.heading = watch->style.headings,
		.footer = watch->footer,
	};
	dh_screen_size(STDOUT_FILENO, &frame.rows, &frame.columns);
	dh_screen_draw(stdout, &frame);
	free(watch->former);
	watch->former = dh_steal_ptr(table.text);
	return dh_status_first(dh_output_flush(), status);
}

/* Exits immediately, because the process may be blocked in a write to stdout. */
static void end_watch(int signal)
{
	(void)signal;
	_exit(DH_EXIT_DONE);
}

static enum dh_status watch(const struct dh_env *env, const struct accounting_options *chosen)
{
	dh_auto(snapshot) struct dh_snapshot before = { 0 };
	dh_auto(watch) struct watch watch = { .style = env->style };
	const struct timespec interval = dh_clock_interval(chosen->interval);
	enum dh_status status = DH_EXIT_DONE;
	char duration[DH_UNIT_MAX], footer[DH_UNIT_MAX + 64];

	if (chosen->since) {
		status = dh_accounts_load(chosen->since, &before);
		watch.before = &before;
	}
	if (status)
		return status;
	if (watch.style.format != DH_FORMAT_JSON && !isatty(STDOUT_FILENO)) {
		watch.style.format = DH_FORMAT_JSON;
		dh_remark(env, "standard output is not a terminal: printing one JSON document "
			       "per line");
	}
	watch.style.one_line = true;
	watch.style.marked = true;
	snprintf(footer, sizeof(footer), "a report every %s; waiting for a signal (Ctrl-C)",
		 dh_format_duration(chosen->interval, duration));
	dh_interrupt_handle(end_watch, 0);
	if (watch.style.format == DH_FORMAT_TABLE) {
		watch.footer = env->quiet ? NULL : footer;
		fputs("\033[2J", stdout);
	} else if (isatty(STDERR_FILENO)) {
		dh_remark(env, "%s", footer);
	}

	for (;;) {
		status = show_frame(env, chosen, &watch);
		if (status)
			return status;
		nanosleep(&interval, NULL);
	}
}

/* --- Leaks of a command ------------------------------------------------------------- */

/* Reads the accounts before the command runs, and opens the file for --save. */
static enum dh_status read_before(const struct dh_env *env, const struct accounting_options *chosen,
				  struct dh_accounts *before, struct dh_saving *saving)
{
	enum dh_status status = dh_accounts_read(env, &chosen->heaps, chosen->settle, before);

	if (!status)
		status = dh_accounts_check_module(env, before);
	if (!status)
		status = dh_accounts_compare(env, NULL, &chosen->heaps, true, before);
	return status ? status : dh_saving_begin(chosen->save, saving);
}

/* Waits while the accounts show a leak, for at most chosen->settle nanoseconds. */
static enum dh_status wait_for_frees(const struct dh_env *env,
				     const struct accounting_options *chosen,
				     const struct dh_accounts *before)
{
	const struct timespec step = dh_clock_interval(SETTLE_INTERVAL);
	struct result result = { .now.inventory = before->inventory };
	uint64_t began = dh_clock_now();
	enum dh_status status = DH_EXIT_DONE;

	while (!status && dh_clock_now() - began < chosen->settle) {
		status = dh_accounts_reread(env, &result.now);
		result.audit = (struct dh_audit){ 0 };
		if (!status)
			status = evaluate(env, chosen, &before->snapshot, false, &result);
		if (status || result.verdict != DH_EXIT_UNBALANCED)
			break;
		nanosleep(&step, NULL);
	}
	/* `before` owns the inventory: do not free it here. */
	result.now.inventory = (struct dh_inventory){ 0 };
	dh_accounts_release(&result.now);
	return status;
}

/* Waits for frees after the command has ended, and then reads the accounts. */
static enum dh_status read_after(const struct dh_env *env, const struct accounting_options *chosen,
				 const struct dh_accounts *before, struct dh_accounts *after)
{
	enum dh_status status = wait_for_frees(env, chosen, before);

	if (!status)
		status = dh_accounts_read(env, &chosen->heaps, chosen->settle, after);
	if (!status)
		status = dh_accounts_check_module(env, after);
	if (!status && dh_snapshot_comparable(&before->snapshot, &after->snapshot))
		status = dh_fail(DH_EXIT_ERROR, 0,
				 "comparing accounts: module dmaheap_debug was reloaded while the "
				 "command ran, or the boot ID is unknown");
	return status;
}

static enum dh_status run_command(const struct dh_env *env, const struct accounting_options *chosen)
{
	dh_auto(accounts) struct dh_accounts before = { 0 };
	dh_auto(result) struct result after = { 0 };
	dh_auto(saving) struct dh_saving saving = { 0 };
	enum dh_status status = read_before(env, chosen, &before, &saving), ended, written;

	if (status)
		return dh_fail(status, 0, "command not run");
	ended = dh_program_watch(chosen->command, &after.audit.status);
	if (!after.audit.status.known)
		return ended;
	status = read_after(env, chosen, &before, &after.now);
	if (status)
		return status;

	status = evaluate(env, chosen, &before.snapshot, true, &after);
	/* Report on stderr, because the command can write to stdout. */
	written = env->quiet ? DH_EXIT_DONE : report(env, chosen, stderr, &env->style, &after);
	/* The JSON report already contains the verdicts. With -q, it is not written. */
	if (env->style.format != DH_FORMAT_JSON || env->quiet) {
		dh_accounts_explain(&after.now);
		dh_accounts_remark_untracked(env, &after.now.snapshot);
	}
	remark_empty(env, chosen, &after.now);
	if (!written && saving.file)
		written =
			dh_saving_end(&saving, dh_snapshot_write(saving.file, &after.now.snapshot));
	status = dh_status_first(status, written);
	if (status)
		return status;
	return after.verdict == DH_EXIT_UNBALANCED || !ended ? after.verdict : ended;
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct accounting_options *chosen = options;

	if (chosen->reset)
		return dh_accounts_reset(env, &chosen->heaps);
	if (chosen->watch)
		return watch(env, chosen);
	return chosen->command ? run_command(env, chosen) : show(env, chosen);
}

const struct dh_command dh_command_accounting = {
	.name = "accounting",
	.help = "show the accounts of each heap, and find leaks",
	.arguments = "[HEAP...] [-- COMMAND [ARGUMENT...]]",
	.doc = "Show the allocations, references and held buffers of each heap, and whether they "
	       "balance. HEAP selects heaps by name, shell pattern or class.\v"
	       "With COMMAND, run COMMAND, and wait until it and its descendants have ended. The "
	       "report on standard error shows the references and buffers that leaked while these "
	       "processes ran. Status 6: references or buffers leaked; 5: the module "
	       "dmaheap_debug is not loaded or not supported, or debugfs is not mounted.",
	.groups = (const struct dh_option_group[]){ { own, 0 }, { 0 } },
	.recorded = true,
	.size = sizeof(struct accounting_options),
	.operands = DH_AT(struct accounting_options, heaps),
	.nonempty = "the name of a heap",
	.after_dashes = DH_AT(struct accounting_options, command),
	.check = check,
	.schema = &dh_schema_accounts,
	.views = (const struct dh_view[]){ { &dh_schema_callers, "callers",
					     DH_AT(struct accounting_options, callers) },
					   { &dh_schema_histogram, "histogram",
					     DH_AT(struct accounting_options, histogram) },
					   { 0 } },
	.run = run,
};
