// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * accounting: what the kernel did with each heap, and whether the books balance.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/stream.h"
#include "cmd/commands.h"
#include "frame/answer.h"
#include "frame/saving.h"
#include "present/schemas.h"
#include "present/snapshot.h"
#include "task/accounts.h"
#include "task/debug.h"
#include "task/program.h"

#define SECOND	    UINT64_C(1000000000)

#define SETTLE_STEP (SECOND / 100)

struct accounting_options {
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

static const struct dh_option own[] = {
	{ DH_OPTION_HEADING, .group = 10, .help = "What to show:" },
	{ DH_OPTION_FLAG, .name = "callers", .given = DH_AT(struct accounting_options, callers),
	  .help = "the call sites in kernel code instead, those that put least of what they found "
		  "first" },
	{ DH_OPTION_TEXT, .name = "since", .argument = "FILE",
	  .field = DH_AT(struct accounting_options, since),
	  .help = "what has happened since FILE was saved" },
	{ DH_OPTION_DURATION, .name = "watch", .argument = "INTERVAL", .optional = true,
	  .initial = "1s", .least = 1, .given = DH_AT(struct accounting_options, watch),
	  .field = DH_AT(struct accounting_options, interval),
	  .help = "again and again, every second or INTERVAL, until a signal" },
	{ DH_OPTION_HEADING, .group = 20, .help = "What to do beside:" },
	{ DH_OPTION_TEXT, .name = "save", .argument = "FILE",
	  .field = DH_AT(struct accounting_options, save),
	  .help = "save the accounts, for --since" },
	{ DH_OPTION_FLAG, .name = "reset", .given = DH_AT(struct accounting_options, reset),
	  .help = "start the figures again, and show nothing" },
	/* Buffers go when the last work item of the kernel has run that a closed file left. */
	{ DH_OPTION_DURATION, .name = "settle", .argument = "DURATION", .initial = "1s",
	  .given = DH_AT(struct accounting_options, has_settle),
	  .field = DH_AT(struct accounting_options, settle),
	  .help = "how long to wait after COMMAND for buffers that the kernel frees late (1s), and "
		  "for a moment at which no buffer comes or goes (0s without COMMAND)" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_SENTENCE_MAX])
{
	const struct accounting_options *chosen = options;

	(void)out;
	if (chosen->reset &&
	    (chosen->callers || chosen->since || chosen->watch || chosen->save || chosen->command))
		return "--reset goes alone, or with names of heaps";
	if (chosen->watch && (chosen->save || chosen->command))
		return "--watch goes without --save and without a command";
	if (chosen->watch && env->style.format == DH_FORMAT_RAW)
		return "--watch has a table or JSON: without --raw";
	if (chosen->command && chosen->since)
		return "a command is its own stretch of time: without --since";
	if (chosen->command && env->sysroot)
		return "a recorded system runs no command: without --sysroot";
	if (chosen->callers && env->style.columns)
		return "--callers has no columns to choose: without -o";
	return NULL;
}

/* The accounts of a moment, or of the time up to it, and what they come to. */
struct moment {
	struct dh_accounts now;
	struct dh_audit audit;
	enum dh_status verdict;
};

static void dh_auto_moment(struct moment *moment)
{
	dh_accounts_release(&moment->now);
}

static enum dh_status report(const struct accounting_options *chosen, FILE *out,
			     const struct dh_style *style, const struct moment *moment)
{
	const struct dh_accounts *now = &moment->now;
	const struct dh_snapshot *growth = &now->growth;
	const struct dh_section sections[] = {
		DH_LIST(dh_schema_accounts, now->rows, now->n),
		DH_LIST(dh_schema_callsites, growth->callsites, growth->n_callsites),
		DH_LIST(dh_schema_misses, growth->misses, growth->n_misses),
		DH_RECORD(dh_schema_audit, &moment->audit, 1),
	};
	struct dh_answer answer = {
		.out = out,
		.style = *style,
		.sections = sections,
		.n = ARRAY_SIZE(sections),
	};

	if (style->format != DH_FORMAT_JSON) {
		answer.sections = chosen->callers ? sections + 1 : sections;
		answer.n = chosen->callers ? 2 : 1;
	}
	return dh_answer_write(&answer);
}

/* Makes the rows and the verdict. As dh_accounts_compare(). */
static enum dh_status judge(const struct accounting_options *chosen,
			    const struct dh_snapshot *before, bool say, struct moment *moment)
{
	struct dh_accounts *now = &moment->now;
	enum dh_status status = dh_accounts_compare(before, &chosen->heaps, say, now);

	moment->audit.missed = now->snapshot.missed;
	if (before) {
		moment->audit.missed = dh_growth(before->missed, now->snapshot.missed);
		moment->audit.elapsed = dh_growth(before->now, now->snapshot.now);
	}
	moment->verdict = dh_accounts_verdict(now, &moment->audit);
	return status;
}

/*
 * What is there at this moment, or since `before`. Returns a failure, or DH_EXIT_DONE with the
 * answer written, and then `*state` is the status of what the answer tells: a heap that is not
 * there, which is said with `say`, or the verdict of a difference.
 */
static enum dh_status show_now(const struct dh_env *env, const struct accounting_options *chosen,
			       const struct dh_snapshot *before, bool say, FILE *out,
			       const struct dh_style *style, struct moment *moment,
			       enum dh_status *state)
{
	struct dh_accounts *now = &moment->now;
	enum dh_status status, written;
	int ret;

	status =
		dh_accounts_read(env, &chosen->heaps, chosen->has_settle ? chosen->settle : 0, now);
	if (status)
		return status;
	if (before && now->missing)
		return dh_debug_unread(env, now->missing);
	ret = before ? dh_snapshot_comparable(before, &now->snapshot) : 0;
	if (ret)
		return dh_accounts_incomparable(chosen->since, ret);

	status = judge(chosen, before, say, moment);
	if (status && status != DH_EXIT_NOT_FOUND)
		return status;
	written = report(chosen, out, style, moment);
	if (written)
		return written;
	if (now->missing)
		return dh_debug_unread(env, now->missing);
	if (now->snapshot.refused && say)
		dh_remark(
			env,
			"the kernel does not let the module watch %s, so that figures are missing",
			now->snapshot.refused);
	*state = status || !before ? status : moment->verdict;
	return DH_EXIT_DONE;
}

static enum dh_status show(const struct dh_env *env, const struct accounting_options *chosen)
{
	dh_auto(snapshot) struct dh_snapshot before = { 0 };
	dh_auto(moment) struct moment moment = { 0 };
	dh_auto(saving) struct dh_saving saving = { 0 };
	enum dh_status status = DH_EXIT_DONE, saved = DH_EXIT_DONE, state = DH_EXIT_DONE;

	if (chosen->since)
		status = dh_accounts_load(chosen->since, &before);
	if (!status)
		status = dh_saving_begin(chosen->save, &saving);
	if (status)
		return status;
	status = show_now(env, chosen, chosen->since ? &before : NULL, true, stdout, &env->style,
			  &moment, &state);
	if (!status && chosen->since && state != DH_EXIT_NOT_FOUND)
		dh_accounts_explain(&moment.now);
	if (moment.now.snapshot.counted && saving.file)
		saved = dh_saving_end(&saving,
				      dh_snapshot_write(saving.file, &moment.now.snapshot));
	return dh_status_first(saved, dh_status_first(status, state));
}

/* --- Again and again ---------------------------------------------------------------- */

/* On a terminal in place of the former one: what was longer than the new text is erased. */
static enum dh_status show_frame(const struct dh_env *env, const struct accounting_options *chosen,
				 const struct dh_snapshot *before, bool first,
				 const struct dh_style *style)
{
	dh_auto(moment) struct moment moment = { 0 };
	dh_auto(stream) struct dh_stream table = { 0 };
	enum dh_status status, state;

	/* The state is in the rows, and the watch goes on whatever it is. */
	if (style->format == DH_FORMAT_JSON)
		return show_now(env, chosen, before, first, stdout, style, &moment, &state);

	if (dh_stream_open(&table))
		return dh_fail(DH_EXIT_REFUSED, "making room for the table: %s", strerror(ENOMEM));
	status = show_now(env, chosen, before, first, table.file, style, &moment, &state);
	if (dh_stream_close(&table))
		return dh_fail(DH_EXIT_REFUSED, "making room for the table: %s", strerror(ENOMEM));
	fputs("\033[H", stdout);
	for (const char *c = table.text; *c; c++) {
		if (*c == '\n')
			fputs("\033[K", stdout);
		fputc(*c, stdout);
	}
	fputs("\033[J", stdout);
	if (fflush(stdout) || ferror(stdout))
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

static enum dh_status watch(const struct dh_env *env, const struct accounting_options *chosen)
{
	dh_auto(snapshot) struct dh_snapshot before = { 0 };
	const struct timespec interval = dh_clock_interval(chosen->interval);
	struct dh_style style = env->style;
	enum dh_status status = DH_EXIT_DONE;

	if (chosen->since)
		status = dh_accounts_load(chosen->since, &before);
	if (status)
		return status;
	if (style.format != DH_FORMAT_JSON && !isatty(STDOUT_FILENO)) {
		style.format = DH_FORMAT_JSON;
		dh_remark(env, "standard output is no terminal: JSON, one document a line");
	}
	style.one_line = true;
	catch_signals();
	if (style.format == DH_FORMAT_TABLE)
		fputs("\033[2J", stdout);

	for (bool first = true;; first = false) {
		status = show_frame(env, chosen, chosen->since ? &before : NULL, first, &style);
		if (status)
			return status;
		nanosleep(&interval, NULL);
	}
}

/* --- What a command leaves behind --------------------------------------------------- */

/* The accounts before the command, and the file to save them in. */
static enum dh_status open_books(const struct dh_env *env, const struct accounting_options *chosen,
				 struct dh_accounts *before, struct dh_saving *saving)
{
	enum dh_status status = dh_accounts_read(env, &chosen->heaps, chosen->settle, before);

	if (!status && before->missing)
		status = dh_debug_unread(env, before->missing);
	if (!status)
		status = dh_accounts_compare(NULL, &chosen->heaps, true, before);
	return status ? status : dh_saving_begin(chosen->save, saving);
}

/* Waits until nothing is left, or the time for that is over: the accounts alone tell. */
static enum dh_status settle(const struct dh_env *env, const struct accounting_options *chosen,
			     const struct dh_accounts *before)
{
	const struct timespec step = dh_clock_interval(SETTLE_STEP);
	struct moment moment = { .now.inventory = before->inventory };
	uint64_t began = dh_clock_now();
	enum dh_status status = DH_EXIT_DONE;

	while (!status && dh_clock_now() - began < chosen->settle) {
		status = dh_accounts_reread(env, &moment.now);
		moment.audit = (struct dh_audit){ 0 };
		if (!status)
			status = judge(chosen, &before->snapshot, false, &moment);
		if (status || moment.verdict != DH_EXIT_UNBALANCED)
			break;
		nanosleep(&step, NULL);
	}
	/* It is not this one's to release. */
	moment.now.inventory = (struct dh_inventory){ 0 };
	dh_accounts_release(&moment.now);
	return status;
}

/* The accounts after it. */
static enum dh_status close_books(const struct dh_env *env, const struct accounting_options *chosen,
				  const struct dh_accounts *before, struct dh_accounts *after)
{
	enum dh_status status = settle(env, chosen, before);

	if (!status)
		status = dh_accounts_read(env, &chosen->heaps, chosen->settle, after);
	if (!status && after->missing)
		status = dh_debug_unread(env, after->missing);
	if (!status && dh_snapshot_comparable(&before->snapshot, &after->snapshot))
		status = dh_fail(
			DH_EXIT_REFUSED,
			"the module was loaded again while the command ran: the accounts cannot "
			"be compared");
	return status;
}

static enum dh_status run_command(const struct dh_env *env, const struct accounting_options *chosen)
{
	dh_auto(accounts) struct dh_accounts before = { 0 };
	dh_auto(moment) struct moment after = { 0 };
	dh_auto(saving) struct dh_saving saving = { 0 };
	enum dh_status status = open_books(env, chosen, &before, &saving), ended, answered;

	if (status)
		return dh_fail(status, "not running the command");
	ended = dh_program_watch(chosen->command, &after.audit.status);
	if (!after.audit.status.known)
		return ended;
	status = close_books(env, chosen, &before, &after.now);
	if (status)
		return status;

	status = judge(chosen, &before.snapshot, true, &after);
	/* Standard output is the command's. */
	answered = env->quiet ? DH_EXIT_DONE : report(chosen, stderr, &env->style, &after);
	/* JSON has all that the sentences have, and shares standard error with them. */
	if (env->style.format != DH_FORMAT_JSON || env->quiet)
		dh_accounts_explain(&after.now);
	if (!answered && saving.file)
		answered =
			dh_saving_end(&saving, dh_snapshot_write(saving.file, &after.now.snapshot));
	status = dh_status_first(status, answered);
	if (status)
		return status;
	return after.verdict == DH_EXIT_UNBALANCED || !ended ? after.verdict : ended;
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct accounting_options *chosen = options;

	if (chosen->reset)
		return dh_debug_reset_heaps(env, &chosen->heaps);
	if (chosen->watch)
		return watch(env, chosen);
	return chosen->command ? run_command(env, chosen) : show(env, chosen);
}

const struct dh_command dh_command_accounting = {
	.name = "accounting",
	.help = "show what the kernel did with each heap, and whether it balances",
	.arguments = "[HEAP...] [-- COMMAND [ARGUMENT...]]",
	.doc = "Show what the kernel did with each heap, or those of these names and classes, "
	       "beside what processes hold, and whether it balances.\v"
	       "With COMMAND: what it, and all that it started, left behind; the report goes to "
	       "standard error. Status 6: references or buffers were left; 5: the module "
	       "dmaheap_debug is not loaded.",
	.groups = (const struct dh_option_group[]){ { own, 0 }, { 0 } },
	.recorded = true,
	.size = sizeof(struct accounting_options),
	.words = DH_AT(struct accounting_options, heaps),
	.word = "the name of a heap",
	.behind = DH_AT(struct accounting_options, command),
	.check = check,
	.schema = &dh_schema_accounts,
	.run = run,
};
