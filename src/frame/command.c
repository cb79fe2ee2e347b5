// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

/* How to print, and where to look. */
struct print_options {
	bool json;
	bool raw;
	bool no_headings;
	bool quiet;
	bool verbose;
	const char *columns;
	const char *sysroot;
};

static const struct dh_option print_rows[] = {
	{ DH_OPTION_HEADING, .group = 80, .help = "How to print:" },
	{ DH_OPTION_FLAG, .name = "json", .given = DH_AT(struct print_options, json),
	  .help = "JSON, with every column unless -o names some" },
	{ DH_OPTION_FLAG, .name = "raw", .given = DH_AT(struct print_options, raw),
	  .help = "one row a line for shells, cells apart by a space" },
	{ DH_OPTION_TEXT, .name = "output", .letter = 'o', .argument = "COLUMNS",
	  .field = DH_AT(struct print_options, columns),
	  .help = "these columns, or with a leading + these too" },
	{ DH_OPTION_FLAG, .name = "no-headings", .given = DH_AT(struct print_options, no_headings),
	  .help = "leave out the heading" },
	{ DH_OPTION_FLAG, .name = "quiet", .letter = 'q',
	  .given = DH_AT(struct print_options, quiet),
	  .help = "leave out remarks on standard error" },
	{ DH_OPTION_FLAG, .name = "verbose", .letter = 'v',
	  .given = DH_AT(struct print_options, verbose),
	  .help = "say which sources were read and what each returned" },
	{ 0 },
};

static const struct dh_option sysroot_rows[] = {
	{ DH_OPTION_TEXT, .name = "sysroot", .argument = "FOLDER",
	  .field = DH_AT(struct print_options, sysroot),
	  .help = "read a recorded system: sys, proc, dev and etc below FOLDER" },
	{ 0 },
};

const struct dh_command *dh_command_find(const struct dh_command *const *commands, const char *name)
{
	for (; *commands; commands++)
		if (!strcmp((*commands)->name, name))
			return *commands;
	return NULL;
}

static size_t list_tables(const struct dh_command *command, void *options,
			  struct print_options *print, struct dh_option_table tables[DH_TABLES_MAX])
{
	const struct dh_option_group *group = command->groups;
	size_t n = 0;

	/* It has no heading, so it comes before what has one. */
	if (command->recorded)
		tables[n++] = (struct dh_option_table){ sysroot_rows, print };
	for (; group && group->rows && n < DH_TABLES_MAX - 1; group++)
		tables[n++] = (struct dh_option_table){
			.rows = group->rows,
			.into = options ? (char *)options + group->at : NULL,
		};
	tables[n++] = (struct dh_option_table){ print_rows, print };
	return n;
}

size_t dh_command_tables(const struct dh_command *command,
			 struct dh_option_table tables[DH_TABLES_MAX])
{
	return list_tables(command, NULL, NULL, tables);
}

/* What the check of the options needs. */
struct run {
	const struct dh_command *command;
	struct print_options print;
	struct dh_env env;
	void *options;
};

/* NULL where the command takes none. */
static struct dh_words *words_of(const struct run *run)
{
	size_t at = run->command->words;

	return at ? (void *)((char *)run->options + at - 1) : NULL;
}

static const char *check(void *data, char out[DH_SENTENCE_MAX])
{
	struct run *run = data;
	const struct print_options *print = &run->print;

	if (print->json && print->raw)
		return "--json and --raw exclude each other";
	run->env.style = (struct dh_style){
		.format = print->json  ? DH_FORMAT_JSON
			  : print->raw ? DH_FORMAT_RAW
				       : DH_FORMAT_TABLE,
		.headings = !print->no_headings,
		.columns = print->columns,
	};
	for (size_t i = 0; run->command->word && i < words_of(run)->n; i++) {
		if (*words_of(run)->each[i])
			continue;
		snprintf(out, DH_SENTENCE_MAX, "%s cannot be empty", run->command->word);
		return out;
	}
	run->env.sysroot = print->sysroot;
	run->env.quiet = print->quiet;
	run->env.verbose = print->verbose;
	return run->command->check ? run->command->check(&run->env, run->options, out) : NULL;
}

/* A path that cannot be of a folder. */
static bool names_nothing(int error)
{
	return error == -ENOTDIR || error == -ENAMETOOLONG || error == -ELOOP;
}

/* What can be wrong with arguments that parse, and the root. */
static enum dh_status begin(const struct dh_command *command, struct dh_env *env)
{
	dh_auto(free) const struct dh_column **columns = NULL;
	char unknown[64];
	size_t n;
	int ret;

	ret = dh_columns_choose(command->schema, env->style.columns, true, &columns, &n, unknown);
	if (ret == -EINVAL)
		return dh_fail(DH_EXIT_USAGE,
			       "-o: no column '%s'; dmaheapctl --list-columns %s names them",
			       unknown, command->name);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "choosing columns: %s", strerror(-ret));

	if (env->verbose)
		env->log.note = dh_message_note;
	ret = dh_root_open(&env->root, env->sysroot, &env->log);
	if (ret)
		return dh_fail(names_nothing(ret) ? DH_EXIT_NOT_FOUND : dh_status_of(ret),
			       "--sysroot '%s': %s", env->sysroot, strerror(-ret));
	ret = dh_root_check_fds();
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "reading the system: %s", strerror(-ret));
	return DH_EXIT_DONE;
}

enum dh_status dh_command_run(const struct dh_command *command, int argc, char **argv)
{
	dh_auto(free) void *options = calloc(1, command->size ? command->size : 1);
	struct run run = {
		.command = command,
		.env.root = { -1, -1, -1, -1, .live = true },
		.options = options,
	};
	struct dh_option_table tables[DH_TABLES_MAX];
	size_t n = list_tables(command, options, &run.print, tables);
	char *behind = command->behind ? (char *)options + command->behind - 1 : NULL;
	enum dh_status status;

	if (!options)
		return dh_fail(DH_EXIT_REFUSED, "reading the arguments: %s", strerror(ENOMEM));
	dh_options_parse(
		&(struct dh_syntax){
			.arguments = command->arguments,
			.doc = command->doc,
			.tables = tables,
			.n = n,
			.words = words_of(&run),
			.command = (char ***)(void *)behind,
			.check = check,
			.data = &run,
		},
		argc, argv);

	status = begin(command, &run.env);
	if (!status)
		status = command->run(&run.env, options);
	dh_root_close(&run.env.root);
	for (size_t i = 0; i < n; i++)
		dh_options_release(&tables[i]);
	if (command->words)
		dh_auto_words(words_of(&run));
	return status;
}
