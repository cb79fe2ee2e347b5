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
#include "cli/command.h"
#include "cli/introspect.h"
#include "cli/options.h"
#include "cli/status.h"

const char *argp_program_version = PACKAGE_STRING;

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "For completions and scripts:", 0 },
	{ "list-commands", DH_KEY_LIST_COMMANDS, NULL, 0, "print the commands", 0 },
	{ "list-options", DH_KEY_LIST_OPTIONS, "COMMAND", OPTION_ARG_OPTIONAL,
	  "print a command's options, or those that stand before one", 0 },
	{ "list-columns", DH_KEY_LIST_COLUMNS, "COMMAND", 0, "print a command's columns", 0 },
	{ 0 },
};

struct main_options {
	int command; /* its index in argv, 0 where there is none */
};

static const struct argp main_argp;

static const struct dh_command *find_command(struct argp_state *state, const char *name)
{
	const struct dh_command *command = dh_command_find(name), *nearest = NULL;
	size_t distance = 4;
	char safe[128];

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
	dh_text_escape_into(name, safe, sizeof(safe));
	if (nearest)
		argp_error(state, "no command '%s'; did you mean '%s'?", safe, nearest->name);
	else
		argp_error(state, "no command '%s'", safe);
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct main_options *chosen = state->input;

	switch (key) {
	case DH_KEY_LIST_COMMANDS:
		dh_print_commands();
		exit(DH_EXIT_DONE);
	case DH_KEY_LIST_OPTIONS:
		/* Completions pass the word apart, as they do for --list-columns. */
		if (!arg && state->next < state->argc)
			arg = state->argv[state->next++];
		dh_print_options(arg ? find_command(state, arg)->argp : &main_argp);
		exit(DH_EXIT_DONE);
	case DH_KEY_LIST_COLUMNS:
		dh_print_columns(find_command(state, arg));
		exit(DH_EXIT_DONE);
	case ARGP_KEY_ARG:
		find_command(state, arg);
		chosen->command = state->next - 1;
		state->next = state->argc; /* the rest is the command's */
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *list_commands(int key, const char *text, void *input)
{
	dh_auto(stream) struct dh_stream list = { 0 };

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;

	if (dh_stream_open(&list))
		return NULL;
	fputs("Commands:\n", list.file);
	for (size_t i = 0; dh_commands[i]; i++)
		fprintf(list.file, "  %-10s %s\n", dh_commands[i]->name, dh_commands[i]->help);
	fputs("\n'dmaheapctl COMMAND --help' tells more, dmaheapctl(1) most.", list.file);
	return dh_stream_close(&list) ? NULL : dh_steal_ptr(list.text);
}

static const struct argp main_argp = {
	.options = options,
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Enumerate DMA-BUF heaps, allocate buffers, map them and export them to devices.\v",
	.help_filter = list_commands,
};

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

int main(int argc, char **argv)
{
	struct dh_context context = { .root = { -1, -1, -1, -1, .live = true },
				      .out = stdout,
				      .style = { .headings = true } };
	struct main_options chosen = { 0 };
	const struct dh_command *command;
	char name[64];
	int status;

	if (!argc)
		return dh_fail(DH_EXIT_USAGE, "no command given");
	/* getopt's messages begin with it. */
	argv[0] = strcpy(name, "dmaheapctl");
	occupy_standard_streams();
	dh_process_survive_file_limit();
	dh_options_parse(&main_argp, argc, argv, ARGP_IN_ORDER, &chosen);

	command = dh_command_find(argv[chosen.command]);
	snprintf(name, sizeof(name), "dmaheapctl %s", command->name);
	argv[chosen.command] = name;
	status = command->run(&context, argc - chosen.command, argv + chosen.command);

	dh_root_close(&context.root);
	return status;
}
