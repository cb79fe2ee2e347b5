// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "action/process.h"
#include "base/auto.h"
#include "base/stream.h"
#include "cmd/commands.h"
#include "frame/output.h"

/*
 * True if config.h defines `macro` as 1. An undefined macro expands to its name, which is longer
 * than one character.
 */
#define IS_BUILT(macro)	  IS_ONE(macro)
#define IS_ONE(expansion) (sizeof(#expansion) == sizeof("1"))

/* Optional features of the build. Keep the texts consistent with those of configure --help. */
static const struct {
	const char *name;
	bool built;
	const char *without; /* effect if the feature is missing */
} features[] = {
	{ "libudev", IS_BUILT(HAVE_LIBUDEV),
	  "'list' does not query udev, and its options --wait and --gone poll" },
	{ "libdrm", IS_BUILT(HAVE_LIBDRM),
	  "'export' and 'alloc --export' import into V4L2 devices only" },
	/* The tool loads these three libraries at run time, so these features require dlopen(). */
	{ "libkmod", IS_BUILT(HAVE_LIBKMOD) && IS_BUILT(HAVE_DLOPEN), "'module' is not supported" },
	{ "libarchive", IS_BUILT(HAVE_LIBARCHIVE) && IS_BUILT(HAVE_DLOPEN),
	  "'record' and --sysroot=FILE are not supported" },
	{ "zlib", IS_BUILT(HAVE_DLOPEN), "/proc/config.gz is not read" },
	{ "BPF", IS_BUILT(HAVE_BPF), "'holders' and 'accounting' read all of /proc" },
};

struct main_options {
	bool verbose;
	bool list_commands;
	bool list_options;
	const char *options_of; /* argument of --list-options; NULL: option or argument absent */
	const char *columns_of; /* argument of --list-columns; NULL: option absent */
	char **rest;		/* the command and its arguments */
	const struct dh_command *command;
};

static const struct dh_option rows[] = {
	{ DH_OPTION_FLAG, .name = "verbose", .letter = 'v',
	  .given = DH_AT(struct main_options, verbose),
	  .help = "with --version, also print the optional features of this build" },
	{ DH_OPTION_HEADING, .group = 1, .help = "For completions and scripts:" },
	{ DH_OPTION_FLAG, .name = "list-commands",
	  .given = DH_AT(struct main_options, list_commands), .help = "print the commands" },
	{ DH_OPTION_TEXT, .name = "list-options", .argument = "COMMAND", .optional = true,
	  .given = DH_AT(struct main_options, list_options),
	  .field = DH_AT(struct main_options, options_of),
	  .help = "print the options of COMMAND (default: options of dmaheapctl itself)" },
	{ DH_OPTION_TEXT, .name = "list-columns", .argument = "COMMAND",
	  .field = DH_AT(struct main_options, columns_of), .help = "print the columns of COMMAND" },
	{ 0 },
};

/*
 * Returns the command with this name. If there is none, stores the message of a usage error in
 * `out` and returns NULL.
 */
static const struct dh_command *find(const char *name, char out[DH_MESSAGE_MAX])
{
	const struct dh_command *command = dh_command_find(dh_commands, name);
	struct dh_suggestion similar = { .typed = name };

	if (command)
		return command;
	for (size_t i = 0; dh_commands[i]; i++)
		dh_suggestion_add(&similar, dh_commands[i]->name);
	if (similar.best)
		snprintf(out, DH_MESSAGE_MAX, "unknown command '%s'; did you mean '%s'?", name,
			 similar.best);
	else
		snprintf(out, DH_MESSAGE_MAX, "unknown command '%s'", name);
	return NULL;
}

static const char *check(void *data, char out[DH_MESSAGE_MAX])
{
	struct main_options *chosen = data;
	const char *name = chosen->list_options ? chosen->options_of : chosen->columns_of;

	if (chosen->verbose)
		return "-v must follow the command unless --version is given";
	if (chosen->list_commands)
		return NULL;
	/* Completions pass the command as an operand: "--list-options COMMAND". */
	if (!name && chosen->rest)
		name = *chosen->rest;
	if (!name)
		return chosen->list_options ? NULL : "missing command";
	chosen->command = find(name, out);
	return chosen->command ? NULL : out;
}

static void print_features(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		fprintf(out, features[i].built ? "  %-10s yes\n" : "  %-10s no: %s\n",
			features[i].name, features[i].without);
}

/*
 * Returns the allocated text that --help prints below the options, or NULL if memory is exhausted.
 */
static char *list_commands(const void *data, const char *text)
{
	dh_auto(stream) struct dh_stream list = { 0 };

	(void)data;
	(void)text;
	if (dh_stream_open(&list))
		return NULL;
	fputs("Commands:\n", list.file);
	for (size_t i = 0; dh_commands[i]; i++)
		fprintf(list.file, "  %-10s %s\n", dh_commands[i]->name, dh_commands[i]->help);
	fputs("\nSee 'dmaheapctl COMMAND --help' and dmaheapctl(1).", list.file);
	return dh_stream_close(&list) ? NULL : dh_steal_ptr(list.text);
}

/*
 * Opens /dev/null for each standard stream that the caller closed: otherwise, the next file that
 * the tool opens could become stderr and receive messages. The access mode makes reads of stdin and
 * writes to stdout fail, as on a closed stream.
 */
static void occupy_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
}

/* Prints the list that a --list-* option requests. Returns false without such an option. */
static bool print_list(const struct main_options *chosen, const struct dh_option_table *own)
{
	struct dh_option_table tables[DH_TABLES_MAX];

	if (chosen->list_commands)
		dh_print_commands(dh_commands);
	else if (chosen->list_options && chosen->command)
		dh_print_options(tables, dh_command_tables(chosen->command, tables));
	else if (chosen->list_options)
		dh_print_options(own, 1);
	else if (chosen->columns_of)
		dh_print_columns(chosen->command);
	else
		return false;
	return true;
}

/* Runs 'list', and prints a message that refers to 'help'. */
static enum dh_status run_default(void)
{
	char name[] = "dmaheapctl list", *arguments[] = { name, NULL };
	enum dh_status status = dh_command_run(dh_command_find(dh_commands, "list"), 1, arguments);

	fputs("dmaheapctl: run 'dmaheapctl help' for the other commands\n", stderr);
	return status;
}

/* Replaces "help COMMAND" with "COMMAND --help", and "help" or "help help" with "--help". */
static void replace_help(int *argc, char **argv)
{
	static char option[] = "--help";

	if (*argc < 2 || *argc > 3 || strcmp(argv[1], "help"))
		return;
	if (*argc == 3 && strcmp(argv[2], "help"))
		argv[1] = argv[2];
	else
		*argc = 2;
	argv[*argc - 1] = option;
}

int main(int argc, char **argv)
{
	struct main_options chosen = { 0 };
	const struct dh_option_table table = { rows, &chosen };
	char name[64];

	if (!argc)
		return (int)dh_fail(DH_EXIT_USAGE, 0, "missing command");
	/* The messages of argp and getopt start with argv[0], which can be a path. */
	argv[0] = strcpy(name, "dmaheapctl");
	/* Set only the character encoding: messages and numbers must not depend on the locale. */
	setlocale(LC_CTYPE, "");
	replace_help(&argc, argv);
	occupy_standard_streams();
	dh_options_print_features = print_features;
	dh_process_ignore_sigxfsz();
	if (argc == 1)
		return (int)run_default();
	dh_options_parse(
		&(struct dh_syntax){
			.arguments = "COMMAND [ARGUMENT...]",
			.doc = "List DMA-BUF heaps; allocate, map and export buffers.\v",
			.help_below = list_commands,
			.tables = &table,
			.n = 1,
			.rest = &chosen.rest,
			.check = check,
			.data = &chosen,
		},
		argc, argv);
	if (print_list(&chosen, &table))
		return (int)dh_output_flush();

	snprintf(name, sizeof(name), "dmaheapctl %s", chosen.command->name);
	*chosen.rest = name;
	return (int)dh_command_run(chosen.command, argc - (int)(chosen.rest - argv), chosen.rest);
}
