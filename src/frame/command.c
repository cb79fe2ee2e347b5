// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/stream.h"
#include "base/units.h"
#include "frame/output.h"
#include "frame/progress.h"

/* A run of a command: the struct that the output options fill, and the argument of check(). */
struct run {
	const struct dh_command *command;
	struct dh_env env;
	bool json;
	bool raw;
	bool no_headings;
	void *options;
	struct dh_words *operands; /* member of `options` */
};

static const char *parse_colour(const char *text, void *field)
{
	static const char *const names[] = {
		[DH_COLOUR_AUTO] = "auto",
		[DH_COLOUR_ALWAYS] = "always",
		[DH_COLOUR_NEVER] = "never",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]))
			continue;
		*(enum dh_colour_when *)field = (enum dh_colour_when)i;
		return NULL;
	}
	return "auto, always or never";
}

static const struct dh_option output_rows[] = {
	{ DH_OPTION_HEADING, .group = 80, .help = "Output options:" },
	{ DH_OPTION_FLAG, .name = "json", .letter = 'J', .given = DH_AT(struct run, json),
	  .help = "write JSON, with all columns unless -o selects some" },
	{ DH_OPTION_FLAG, .name = "raw", .letter = 'r', .given = DH_AT(struct run, raw),
	  .help = "write one row per line for scripts, with one space between cells" },
	{ DH_OPTION_FLAG, .name = "pairs", .letter = 'P',
	  .given = DH_AT(struct run, env.style.pairs),
	  .help = "write one row per line for scripts, as NAME=\"VALUE\" pairs" },
	{ DH_OPTION_TEXT, .name = "output", .letter = 'o', .argument = "COLUMNS",
	  .field = DH_AT(struct run, env.style.columns),
	  .help = "show COLUMNS; +COLUMNS adds them to the default columns" },
	{ DH_OPTION_FLAG, .name = "no-headings", .letter = 'n',
	  .given = DH_AT(struct run, no_headings), .help = "omit the heading line" },
	{ DH_OPTION_PARSED, .name = "color", .argument = "WHEN", .parse = parse_colour,
	  .field = DH_AT(struct run, env.colour),
	  .help = "use colours: auto (on a terminal, the default), always or never" },
	{ DH_OPTION_FLAG, .name = "quiet", .letter = 'q', .given = DH_AT(struct run, env.quiet),
	  .help = "suppress remarks on standard error" },
	{ DH_OPTION_FLAG, .name = "verbose", .letter = 'v', .given = DH_AT(struct run, env.verbose),
	  .help = "report each data source and the result of reading it" },
	{ 0 },
};

static const struct dh_option sysroot_rows[] = {
	{ DH_OPTION_TEXT, .name = "sysroot", .argument = "FILE",
	  .field = DH_AT(struct run, env.sysroot),
	  .help = "read a recorded system instead of the running one: a file that 'record' "
		  "wrote, or a directory with dev, etc, proc and sys" },
	{ 0 },
};

/* Other commands also parse --sysroot, so that check() can explain why they reject it. */
static const struct dh_option no_sysroot_rows[] = {
	{ DH_OPTION_TEXT, .name = "sysroot", .argument = "FILE",
	  .field = DH_AT(struct run, env.sysroot) },
	{ 0 },
};

const struct dh_command *dh_command_find(const struct dh_command *const *commands, const char *name)
{
	for (; *commands; commands++)
		if (!strcmp((*commands)->name, name))
			return *commands;
	return NULL;
}

/* Lists the tables of a command. They fill `run` and run->options, unless `run` is NULL. */
static size_t list_tables(const struct dh_command *command, struct run *run,
			  struct dh_option_table tables[DH_TABLES_MAX])
{
	const struct dh_option_group *group = command->groups;
	size_t n = 0;

	/* List --sysroot first: argp puts an option without a group into the previous group. */
	if (command->recorded || run)
		tables[n++] = (struct dh_option_table){ command->recorded ? sysroot_rows
									  : no_sysroot_rows,
							run };
	for (; group->rows && n < DH_TABLES_MAX - 1; group++)
		tables[n++] = (struct dh_option_table){
			.rows = group->rows,
			.into = run ? (char *)run->options + group->offset : NULL,
		};
	tables[n++] = (struct dh_option_table){ output_rows, run };
	return n;
}

size_t dh_command_tables(const struct dh_command *command,
			 struct dh_option_table tables[DH_TABLES_MAX])
{
	return list_tables(command, NULL, tables);
}

static const char *check(void *data, char out[DH_MESSAGE_MAX])
{
	struct run *run = data;
	struct dh_style *style = &run->env.style;

	if (run->env.sysroot && !run->command->recorded) {
		snprintf(out, DH_MESSAGE_MAX,
			 "'%s' works only on the running system: --sysroot is an option of list, "
			 "holders, accounting and record",
			 run->command->name);
		return out;
	}
	if (run->json + run->raw + style->pairs > 1)
		return "--json, --raw and --pairs are mutually exclusive";
	if (run->json)
		style->format = DH_FORMAT_JSON;
	else if (run->raw || style->pairs)
		style->format = DH_FORMAT_RAW;
	style->headings = !run->no_headings;
	for (size_t i = 0; run->command->nonempty && i < run->operands->n; i++) {
		if (*run->operands->each[i])
			continue;
		snprintf(out, DH_MESSAGE_MAX, "%s must not be empty", run->command->nonempty);
		return out;
	}
	return run->command->check ? run->command->check(&run->env, run->options, out) : NULL;
}

/*
 * Prints help text in lines of at most 78 characters, because argp breaks longer lines. Indents
 * continuation lines by `margin` columns.
 */
static void print_wrapped(FILE *out, const char *help, int margin)
{
	int at = margin;

	while (*help) {
		int length = (int)strcspn(help, " ");

		if (at > margin && at + length >= 78) {
			fprintf(out, "\n%*s", margin, "");
			at = margin;
		}
		at += fprintf(out, " %.*s", length, help);
		help += length + (help[length] == ' ');
	}
	fputc('\n', out);
}

static void print_columns(FILE *out, const struct dh_schema *schema)
{
	int width = 0;

	for (size_t i = 0; i < schema->n; i++)
		if ((int)strlen(schema->columns[i].name) > width)
			width = (int)strlen(schema->columns[i].name);
	for (size_t i = 0; i < schema->n; i++) {
		fprintf(out, "  %-*s", width, schema->columns[i].name);
		print_wrapped(out, schema->columns[i].help, width + 2);
	}
}

/*
 * Returns the allocated text that --help prints below the options, or NULL if memory is exhausted.
 */
static char *list_columns(const void *data, const char *text)
{
	const struct run *run = data;
	dh_auto(stream) struct dh_stream list = { 0 };

	if (dh_stream_open(&list))
		return NULL;
	fprintf(list.file, "%s\n\nColumns:\n", text ? text : "");
	print_columns(list.file, run->command->schema);
	for (const struct dh_view *view = run->command->views; view && view->schema; view++) {
		fprintf(list.file, "\nColumns with --%s:\n", view->option);
		print_columns(list.file, view->schema);
	}
	return dh_stream_close(&list) ? NULL : dh_steal_ptr(list.text);
}

/* Prints an error from dh_root_open(), and returns the exit status for that error. */
static enum dh_status fail_sysroot(const char *sysroot, int error, const char *reason)
{
	enum dh_status status = dh_status_of(error);
	const char *text = dh_error_text(-error);

	switch (-error) {
	case ENOTDIR:
	case ENAMETOOLONG:
	case ELOOP:
		status = DH_EXIT_NOT_FOUND;
		break;
	case EBADMSG:
		text = "not a recorded system";
		break;
	case EPROTO:
		text = "recorded by a newer version of dmaheapctl";
		break;
	case ELIBACC:
		status = DH_EXIT_UNSUPPORTED;
		text = "not supported without libarchive; extract the file and use the directory";
		break;
	}
	return dh_fail(status, error, "sysroot '%s': opening: %s%s%s%s", sysroot, text,
		       *reason ? " (" : "", reason, *reason ? ")" : "");
}

/*
 * Checks the columns given with -o, and opens env->root. Returns a status; prints the error, if
 * any.
 */
static enum dh_status prepare(const struct dh_command *command, const char *options,
			      struct dh_env *env)
{
	const struct dh_view *view = command->views;
	dh_auto(free) const struct dh_column **columns = NULL;
	char unknown[64], reason[DH_EXTRACT_REASON_MAX];
	size_t n;
	int ret;

	while (view && view->schema && !*(const bool *)(options + view->given - 1))
		view++;
	ret = dh_columns_choose(view && view->schema ? view->schema : command->schema,
				env->style.columns, true, &columns, &n, unknown);
	if (ret == -EINVAL)
		return dh_fail(DH_EXIT_USAGE, 0,
			       "unknown column '%s' for '--output'; see 'dmaheapctl %s --help'",
			       unknown, command->name);
	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "selecting columns: %m");

	if (env->verbose)
		env->log.note = dh_message_note;
	ret = dh_root_open(&env->root, env->sysroot, &env->log, reason);
	if (ret)
		return fail_sysroot(env->sysroot, ret, reason);
	ret = dh_root_check_fds();
	return ret ? dh_fail(DH_EXIT_ERROR, ret, "opening files: %m") : DH_EXIT_DONE;
}

enum dh_status dh_command_run(const struct dh_command *command, int argc, char **argv)
{
	dh_auto(free) void *options = calloc(1, command->size);
	struct run run = {
		.command = command,
		.env.root = { -1, -1, -1, -1, .live = true },
		.env.command = command->name,
		.options = options,
	};
	struct dh_option_table tables[DH_TABLES_MAX];
	char ***after_dashes = NULL;
	enum dh_status status;
	size_t n;

	if (!options)
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "parsing arguments: %m");
	n = list_tables(command, &run, tables);
	run.operands = (void *)((char *)options + command->operands - 1);
	if (command->after_dashes)
		after_dashes = (void *)((char *)options + command->after_dashes - 1);
	dh_options_parse(
		&(struct dh_syntax){
			.arguments = command->arguments,
			.doc = command->doc,
			.help_below = list_columns,
			.tables = tables,
			.n = n,
			.operands = run.operands,
			.command = after_dashes,
			.check = check,
			.data = &run,
		},
		argc, argv);

	dh_message_set_colour(dh_screen_colour(STDERR_FILENO, run.env.colour));
	status = prepare(command, options, &run.env);
	if (!status && command->interruptible) {
		dh_interrupt_catch();
		if (!run.env.quiet)
			dh_progress_enable();
	}
	if (!status)
		status = command->run(&run.env, options);
	status = dh_output_end(&run.env, status, after_dashes && *after_dashes);
	dh_root_close(&run.env.root);
	for (size_t i = 0; i < n; i++)
		dh_options_release(&tables[i]);
	dh_auto_words(run.operands);
	return status;
}

void dh_print_commands(const struct dh_command *const *commands)
{
	for (; *commands; commands++)
		printf("%s\t%s\n", (*commands)->name, (*commands)->help);
}

static void print_table(const struct dh_option *rows)
{
	for (const struct dh_option *row = rows; row->kind; row++) {
		if (row->kind == DH_OPTION_HEADING)
			continue;
		printf("--%s\t", row->name);
		if (row->letter)
			printf("-%c", row->letter);
		putchar('\t');
		if (row->argument)
			printf(row->optional ? "[%s]" : "%s", row->argument);
		printf("\t%s\n", row->help);
	}
}

void dh_print_options(const struct dh_option_table *tables, size_t n)
{
	/* Also list the options that argp adds to every command. */
	static const struct dh_option builtin[] = {
		{ DH_OPTION_FLAG, .name = "help", .letter = '?', .help = "give this help list" },
		{ DH_OPTION_FLAG, .name = "usage", .help = "give a short usage message" },
		{ DH_OPTION_FLAG, .name = "version", .letter = 'V',
		  .help = "print program version" },
		{ 0 },
	};

	for (size_t i = 0; i < n; i++)
		print_table(tables[i].rows);
	print_table(builtin);
}

static bool has_column(const struct dh_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->n; i++)
		if (!strcmp(schema->columns[i].name, name))
			return true;
	return false;
}

void dh_print_columns(const struct dh_command *command)
{
	const struct dh_schema *schema = command->schema;

	for (size_t i = 0; i < schema->n; i++)
		printf("%s\t%s\n", schema->columns[i].name, schema->columns[i].help);
	for (const struct dh_view *view = command->views; view && view->schema; view++)
		for (size_t i = 0; i < view->schema->n; i++)
			if (!has_column(schema, view->schema->columns[i].name))
				printf("%s\t%s\n", view->schema->columns[i].name,
				       view->schema->columns[i].help);
}
