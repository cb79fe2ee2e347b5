// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * accounting: what the kernel did with each heap, and whether the books balance.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "action/debug.h"
#include "action/handover.h"
#include "base/auto.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/audit.h"
#include "cli/command.h"
#include "cli/diagnose.h"
#include "cli/options.h"
#include "cli/status.h"
#include "present/schemas.h"

#define SECOND UINT64_C(1000000000)

/* Buffers go when the last work item of the kernel has run that a closed file left. */
#define SETTLE_DEFAULT SECOND
#define SETTLE_STEP    (SECOND / 100)

struct accounting_options {
	struct dh_context *context;
	struct dh_words heaps; /* names and classes; none: all */
	char **command;	       /* ended by NULL; NULL: none */
	const char *save;
	const char *since;
	bool callers;
	bool reset;
	bool watch;
	uint64_t interval; /* nanoseconds */
	bool has_settle;
	uint64_t settle; /* nanoseconds */
};

static void dh_auto_accounting_options(struct accounting_options *chosen)
{
	dh_auto_words(&chosen->heaps);
}

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What to show:", 10 },
	{ "callers", DH_KEY_CALLERS, NULL, 0,
	  "the call sites in kernel code instead, those that put least of what they found first",
	  0 },
	{ "since", DH_KEY_SINCE, "FILE", 0, "what has happened since FILE was saved", 0 },
	{ "watch", DH_KEY_WATCH, "INTERVAL", OPTION_ARG_OPTIONAL,
	  "again and again, every second or INTERVAL, until a signal", 0 },
	{ NULL, 0, NULL, 0, "What to do beside:", 20 },
	{ "save", DH_KEY_SAVE, "FILE", 0, "save the accounts, for --since", 0 },
	{ "reset", DH_KEY_RESET, NULL, 0, "start the figures again, and show nothing", 0 },
	{ "settle", DH_KEY_SETTLE, "DURATION", 0,
	  "how long to wait after COMMAND for buffers that the kernel frees late (1s), and for a "
	  "moment at which no buffer comes or goes (0s without COMMAND)",
	  0 },
	{ 0 },
};

static void check(struct argp_state *state, const struct accounting_options *chosen)
{
	const struct dh_context *context = chosen->context;

	if (chosen->reset &&
	    (chosen->callers || chosen->since || chosen->watch || chosen->save || chosen->command))
		argp_error(state, "--reset goes alone, or with names of heaps");
	if (chosen->watch && (chosen->save || chosen->command))
		argp_error(state, "--watch goes without --save and without a command");
	if (chosen->watch && context->style.format == DH_FORMAT_RAW)
		argp_error(state, "--watch has a table or JSON: without --raw");
	if (chosen->command && chosen->since)
		argp_error(state, "a command is its own stretch of time: without --since");
	if (chosen->command && context->sysroot)
		argp_error(state, "a recorded system runs no command: without --sysroot");
	if (chosen->callers && context->style.columns)
		argp_error(state, "--callers has no columns to choose: without -o");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct accounting_options *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		dh_options_groups(state, chosen->context);
		return 0;
	case DH_KEY_CALLERS:
		chosen->callers = true;
		return 0;
	case DH_KEY_SINCE:
		chosen->since = arg;
		return 0;
	case DH_KEY_SAVE:
		chosen->save = arg;
		return 0;
	case DH_KEY_RESET:
		chosen->reset = true;
		return 0;
	case DH_KEY_WATCH:
		chosen->watch = true;
		if (arg)
			dh_options_duration(state, "--watch", arg, &chosen->interval);
		return 0;
	case DH_KEY_SETTLE:
		chosen->has_settle = true;
		if (dh_parse_duration(arg, &chosen->settle))
			dh_options_reject(state, "--settle", arg,
					  "a duration, such as 0, 200ms or 5");
		return 0;
	case ARGP_KEY_ARG:
		if (dh_options_take_command(state, &chosen->command))
			return 0;
		dh_options_check_heap(state, arg);
		return dh_words_add(&chosen->heaps, arg);
	case ARGP_KEY_END:
		if (state->quoted && !chosen->command)
			argp_error(state, "there is no command behind '--'");
		check(state, chosen);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[HEAP...] [-- COMMAND [ARGUMENT...]]",
	.doc = "Show what the kernel did with each heap, or those of these names and classes, "
	       "beside what processes hold, and whether it balances.\v"
	       "With COMMAND: what it, and all that it started, left behind; the report goes to "
	       "standard error. Status 6: references or buffers were left; 5: the module "
	       "dmaheap_debug is not loaded.",
	.children = (const struct argp_child[]){ { .argp = &dh_view_argp }, { 0 } },
};

static int report(struct dh_context *context, const struct accounting_options *chosen,
		  const struct dh_examination *examination, const struct dh_audit *audit)
{
	const struct dh_snapshot *grown = &examination->grown;
	const struct dh_section sections[] = {
		DH_LIST(dh_schema_accounts, examination->rows, examination->n),
		DH_LIST(dh_schema_callsites, grown->callsites, grown->n_callsites),
		DH_LIST(dh_schema_misses, grown->misses, grown->n_misses),
		DH_RECORD(dh_schema_audit, audit, 1),
	};

	if (context->style.format == DH_FORMAT_JSON)
		return dh_command_write(context, sections, ARRAY_SIZE(sections));
	return chosen->callers ? dh_command_write(context, sections + 1, 2)
			       : dh_command_write(context, sections, 1);
}

static void fill_audit(const struct dh_snapshot *before, const struct dh_examination *after,
		       struct dh_audit *audit)
{
	audit->missed =
		before ? dh_growth(before->missed, after->snapshot.missed) : after->snapshot.missed;
	if (before)
		audit->elapsed = dh_growth(before->now, after->snapshot.now);
}

/*
 * What is there at this moment, or since `before`. Returns 0, with the answer written, or the
 * exit status of a failure. `*state` is the exit status of what the answer tells: a heap that
 * is not there, which is said with `say`, or the verdict of a difference.
 */
static int show_now(struct dh_context *context, const struct accounting_options *chosen,
		    const struct dh_snapshot *before, bool say, struct dh_examination *now,
		    int *state)
{
	struct dh_audit audit = { 0 };
	int status, verdict, ret;

	*state = DH_EXIT_DONE;
	status = dh_examine(context, &chosen->heaps, chosen->has_settle ? chosen->settle : 0, now);
	if (status)
		return status;
	if (before && !now->missing) {
		ret = dh_snapshot_comparable(before, &now->snapshot);
		if (ret)
			return dh_audit_incomparable(chosen->since, ret);
	}
	if (before && now->missing)
		return dh_diagnose_debug(context, now->missing);

	status = dh_examination_compare(before, &chosen->heaps, say, now);
	if (status && status != DH_EXIT_NOT_FOUND)
		return status;
	fill_audit(before, now, &audit);
	verdict = dh_examination_audit(now, &audit);
	ret = report(context, chosen, now, &audit);
	if (ret)
		return ret;
	if (now->missing)
		return dh_diagnose_debug(context, now->missing);
	if (now->snapshot.refused && say)
		dh_remark(
			context,
			"the kernel does not let the module watch %s, so that figures are missing",
			now->snapshot.refused);
	*state = status || !before ? status : verdict;
	return DH_EXIT_DONE;
}

static int show(struct dh_context *context, const struct accounting_options *chosen)
{
	dh_auto(snapshot) struct dh_snapshot before = { 0 };
	dh_auto(examination) struct dh_examination now = { 0 };
	dh_auto(saving) struct dh_saving saving = { 0 };
	int status = DH_EXIT_DONE, saved = DH_EXIT_DONE, state = DH_EXIT_DONE;

	if (chosen->since)
		status = dh_audit_load(chosen->since, &before);
	if (!status)
		status = dh_saving_begin(chosen->save, &saving);
	if (status)
		return status;
	status = show_now(context, chosen, chosen->since ? &before : NULL, true, &now, &state);
	if (!status && chosen->since && state != DH_EXIT_NOT_FOUND)
		dh_examination_complain(&now);
	if (now.snapshot.counted)
		saved = dh_saving_end(&saving, &now.snapshot);
	return saved ? saved : status ? status : state;
}

static int reset(struct dh_context *context, const struct accounting_options *chosen)
{
	const struct dh_words *heaps = &chosen->heaps;
	size_t n = heaps->n ? heaps->n : 1;
	char safe[256];

	for (size_t i = 0; i < n; i++) {
		const char *heap = heaps->n ? heaps->each[i] : NULL;
		int ret = dh_debug_reset(&context->root, heap);

		/* A heap to which nothing has happened yet has nothing to start again. */
		if (ret == -ENODATA)
			dh_remark(context, "heap '%s': the module has no account of it",
				  dh_text_escape_into(heap, safe, sizeof(safe)));
		else if (ret)
			return dh_diagnose_debug(context, ret);
	}
	return DH_EXIT_DONE;
}

/* On a terminal in place of the former one: what was longer than the new text is erased. */
static int show_frame(struct dh_context *context, const struct accounting_options *chosen,
		      const struct dh_snapshot *before, bool first)
{
	dh_auto(examination) struct dh_examination now = { 0 };
	dh_auto(stream) struct dh_stream table = { 0 };
	FILE *out = context->out;
	int status, state;

	/* The state is in the rows, and the watch goes on whatever it is. */
	if (context->style.format == DH_FORMAT_JSON)
		return show_now(context, chosen, before, first, &now, &state);

	if (dh_stream_open(&table))
		return dh_fail(DH_EXIT_REFUSED, "making room for the table: %s", strerror(ENOMEM));
	context->out = table.file;
	status = show_now(context, chosen, before, first, &now, &state);
	context->out = out;
	if (dh_stream_close(&table))
		return dh_fail(DH_EXIT_REFUSED, "making room for the table: %s", strerror(ENOMEM));
	fputs("\033[H", out);
	for (const char *c = table.text; *c; c++) {
		if (*c == '\n')
			fputs("\033[K", out);
		fputc(*c, out);
	}
	fputs("\033[J", out);
	if (fflush(out) || ferror(out))
		return dh_fail(DH_EXIT_REFUSED, "writing the answer: %s", strerror(errno));
	return status;
}

static void end_watch(int signal)
{
	(void)signal;
	_exit(DH_EXIT_DONE);
}

/* A signal ends the watch at any time, also while stdout takes nothing more. */
static void catch_signals(void)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction end = { .sa_handler = end_watch };

	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		struct sigaction former;

		/* One that was ignored when the tool started (nohup) stays ignored. */
		if (!sigaction(ending[i], NULL, &former) && former.sa_handler != SIG_IGN)
			sigaction(ending[i], &end, NULL);
	}
}

static int watch(struct dh_context *context, const struct accounting_options *chosen)
{
	dh_auto(snapshot) struct dh_snapshot before = { 0 };
	const struct timespec interval = {
		.tv_sec = (time_t)(chosen->interval / SECOND),
		.tv_nsec = (long)(chosen->interval % SECOND),
	};
	int status;

	if (chosen->since) {
		status = dh_audit_load(chosen->since, &before);
		if (status)
			return status;
	}
	if (!isatty(STDOUT_FILENO))
		context->style.format = DH_FORMAT_JSON;
	context->style.one_line = true;
	catch_signals();
	if (context->style.format == DH_FORMAT_TABLE)
		fputs("\033[2J", context->out);

	for (bool first = true;; first = false) {
		status = show_frame(context, chosen, chosen->since ? &before : NULL, first);
		if (status)
			return status;
		nanosleep(&interval, NULL);
	}
}

/* Waits until nothing is left, or the time for that is over: the accounts alone tell. */
static int settle(struct dh_context *context, const struct accounting_options *chosen,
		  const struct dh_examination *before)
{
	const struct timespec step = { .tv_nsec = SETTLE_STEP };
	struct dh_examination now = { .inventory = before->inventory };
	uint64_t began = dh_audit_clock();
	int status = DH_EXIT_DONE;

	while (!status && dh_audit_clock() - began < chosen->settle) {
		struct dh_audit audit = { 0 };

		status = dh_examine_accounts(context, &now);
		if (!status)
			status = dh_examination_compare(&before->snapshot, &chosen->heaps, false,
							&now);
		if (status || dh_examination_audit(&now, &audit) != DH_EXIT_UNBALANCED)
			break;
		nanosleep(&step, NULL);
	}
	/* It is not this one's to release. */
	now.inventory = (struct dh_inventory){ 0 };
	dh_examination_release(&now);
	return status;
}

/* Says what became of the command, and notes it. Returns 0 or an exit status. */
static int judge_command(const char *name, int ret, int wait_status, struct dh_audit *audit)
{
	char safe[256];

	dh_text_escape_into(name, safe, sizeof(safe));
	audit->status = dh_known((uint64_t)dh_handover_status(wait_status));
	if (ret == -EINTR)
		return dh_fail(DH_EXIT_REFUSED, "processes that '%s' started still run", safe);
	if (WIFSIGNALED(wait_status))
		return dh_fail(DH_EXIT_REFUSED, "'%s' was ended by signal %d (%s)", safe,
			       WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	if (WEXITSTATUS(wait_status))
		return dh_fail(DH_EXIT_REFUSED, "'%s' ended with status %d", safe,
			       WEXITSTATUS(wait_status));
	return DH_EXIT_DONE;
}

static int run_command(struct dh_context *context, const struct accounting_options *chosen)
{
	dh_auto(examination) struct dh_examination before = { 0 };
	dh_auto(examination) struct dh_examination after = { 0 };
	dh_auto(saving) struct dh_saving saving = { 0 };
	struct dh_audit audit = { 0 };
	int status, verdict, failed, ret, wait_status = 0;
	char safe[256];

	status = dh_examine(context, &chosen->heaps, chosen->settle, &before);
	if (!status && before.missing)
		status = dh_diagnose_debug(context, before.missing);
	if (!status)
		status = dh_examination_compare(NULL, &chosen->heaps, true, &before);
	if (!status)
		status = dh_saving_begin(chosen->save, &saving);
	if (status)
		return dh_fail((enum dh_status)status, "not running the command");

	ret = dh_handover_observe(chosen->command, &wait_status);
	if (ret && ret != -EINTR)
		return dh_fail(dh_status_of(ret), "running '%s': %s",
			       dh_text_escape_into(chosen->command[0], safe, sizeof(safe)),
			       strerror(-ret));
	failed = judge_command(chosen->command[0], ret, wait_status, &audit);

	status = settle(context, chosen, &before);
	if (!status)
		status = dh_examine(context, &chosen->heaps, chosen->settle, &after);
	if (!status && after.missing)
		status = dh_diagnose_debug(context, after.missing);
	if (status)
		return status;
	ret = dh_snapshot_comparable(&before.snapshot, &after.snapshot);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED,
			       "the module was loaded anew meanwhile: there is nothing to compare");

	status = dh_examination_compare(&before.snapshot, &chosen->heaps, true, &after);
	fill_audit(&before.snapshot, &after, &audit);
	verdict = dh_examination_audit(&after, &audit);
	if (!context->quiet)
		ret = report(context, chosen, &after, &audit);
	/* JSON has all that the sentences have, and shares standard error with them. */
	if (context->style.format != DH_FORMAT_JSON || context->quiet)
		dh_examination_complain(&after);
	if (!ret)
		ret = dh_saving_end(&saving, &after.snapshot);
	if (status || ret)
		return status ? status : ret;
	return verdict == DH_EXIT_UNBALANCED || !failed ? verdict : failed;
}

static int run(struct dh_context *context, int argc, char **argv)
{
	dh_auto(accounting_options) struct accounting_options chosen = {
		.context = context,
		.interval = SECOND,
		.settle = SETTLE_DEFAULT,
	};
	int status = dh_command_begin(context, &dh_command_accounting, argc, argv, &chosen);

	if (!status && chosen.reset) {
		status = reset(context, &chosen);
	} else if (!status && chosen.watch) {
		status = watch(context, &chosen);
	} else if (!status && chosen.command) {
		context->out = stderr; /* stdout is the command's */
		status = run_command(context, &chosen);
	} else if (!status) {
		status = show(context, &chosen);
	}
	return status;
}

const struct dh_command dh_command_accounting = {
	.name = "accounting",
	.help = "show what the kernel did with each heap, and whether it balances",
	.argp = &argp,
	.in_order = true,
	.schema = &dh_schema_accounts,
	.run = run,
};
