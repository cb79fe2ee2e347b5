// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/process.h"
#include "base/auto.h"
#include "base/stream.h"
#include "base/text.h"
#include "cmd/commands.h"
#include "frame/introspect.h"

const char *argp_program_version = PACKAGE_STRING;

struct main_options {
	bool list_commands;
	bool list_options;
	const char *options_of; /* NULL: those that stand before a command */
	const char *columns_of;
	char **rest; /* the command and its arguments */
	const struct dh_command *command;
};

static const struct dh_option rows[] = {
	{ DH_OPTION_HEADING, .help = "For completions and scripts:" },
	{ DH_OPTION_FLAG, .name = "list-commands",
	  .given = DH_AT(struct main_options, list_commands), .help = "print the commands" },
	{ DH_OPTION_TEXT, .name = "list-options", .argument = "COMMAND", .optional = true,
	  .given = DH_AT(struct main_options, list_options),
	  .field = DH_AT(struct main_options, options_of),
	  .help = "print a command's options, or those that stand before one" },
	{ DH_OPTION_TEXT, .name = "list-columns", .argument = "COMMAND",
	  .field = DH_AT(struct main_options, columns_of), .help = "print a command's columns" },
	{ 0 },
};

/* NULL, and the sentence in `out`, where there is none of that name. */
static const struct dh_command *find(const char *name, char out[DH_SENTENCE_MAX])
{
	const struct dh_command *command = dh_command_find(dh_commands, name), *nearest = NULL;
	size_t distance = 4;

	if (command)
		return command;
	/* Half of a word's letters wrong is another word. */
	for (size_t i = 0; dh_commands[i]; i++) {
		size_t d = dh_text_distance(name, dh_commands[i]->name);

		if (d < distance && d <= strlen(dh_commands[i]->name) / 2) {
			distance = d;
			nearest = dh_commands[i];
		}
	}
	if (nearest)
		snprintf(out, DH_SENTENCE_MAX, "no command '%s'; did you mean '%s'?", name,
			 nearest->name);
	else
		snprintf(out, DH_SENTENCE_MAX, "no command '%s'", name);
	return NULL;
}

static const char *check(void *data, char out[DH_SENTENCE_MAX])
{
	struct main_options *chosen = data;
	const char *name = chosen->columns_of;

	if (chosen->list_commands)
		return NULL;
	/* Completions pass the word apart, as they do for --list-columns. */
	if (chosen->list_options)
		name = chosen->options_of ? chosen->options_of
		       : chosen->rest	  ? *chosen->rest
					  : NULL;
	else if (!name && chosen->rest)
		name = *chosen->rest;
	if (!name)
		return chosen->list_options ? NULL : "no command given";
	chosen->command = find(name, out);
	return chosen->command ? NULL : out;
}

/* What --help has below the options. */
static char *list_commands(void)
{
	dh_auto(stream) struct dh_stream list = { 0 };

	if (dh_stream_open(&list))
		return NULL;
	fputs("Commands:\n", list.file);
	for (size_t i = 0; dh_commands[i]; i++)
		fprintf(list.file, "  %-10s %s\n", dh_commands[i]->name, dh_commands[i]->help);
	fputs("\n'dmaheapctl COMMAND --help' tells more, dmaheapctl(1) most.", list.file);
	return dh_stream_close(&list) ? NULL : dh_steal_ptr(list.text);
}

/*
 * A caller may have closed the standard streams. What is opened next must not take their
 * numbers, or a message would go into it; and reading a closed stdin or writing to a closed
 * stdout has to fail.
 */
static void occupy_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
}

/* Prints what one of the options asks for; false where none does. */
static bool introspect(const struct main_options *chosen, const struct dh_option_table *own)
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

int main(int argc, char **argv)
{
	struct main_options chosen = { 0 };
	const struct dh_option_table table = { rows, &chosen };
	char name[64];

	if (!argc)
		return (int)dh_fail(DH_EXIT_USAGE, "no command given");
	/* getopt's messages begin with it. */
	argv[0] = strcpy(name, "dmaheapctl");
	occupy_standard_streams();
	dh_process_ignore_sigxfsz();
	dh_options_parse(
		&(struct dh_syntax){
			.arguments = "COMMAND [ARGUMENT...]",
			.doc = "Enumerate DMA-BUF heaps, allocate buffers, map them and export "
			       "them to devices.\v",
			.below = list_commands,
			.tables = &table,
			.n = 1,
			.rest = &chosen.rest,
			.check = check,
			.data = &chosen,
		},
		argc, argv);
	if (introspect(&chosen, &table)) {
		errno = 0;
		if (fflush(stdout) || ferror(stdout))
			return (int)dh_fail(DH_EXIT_REFUSED, "writing the answer: %s",
					    strerror(errno ? errno : EIO));
		return DH_EXIT_DONE;
	}

	snprintf(name, sizeof(name), "dmaheapctl %s", chosen.command->name);
	*chosen.rest = name;
	return (int)dh_command_run(chosen.command, argc - (int)(chosen.rest - argv), chosen.rest);
}
