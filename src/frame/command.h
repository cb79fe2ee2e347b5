/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The descriptor of a command, and the steps that are the same for all commands.
 */
#ifndef DH_FRAME_COMMAND_H
#define DH_FRAME_COMMAND_H

#include "frame/message.h"
#include "frame/options.h"
#include "present/columns.h"

/* A table of options in a command; several commands may share the table. */
struct dh_option_group {
	const struct dh_option *rows; /* NULL terminates the list */
	size_t offset;		      /* of the group's struct in the command's struct */
};

struct dh_command {
	const char *name;
	const char *help;      /* one line, for the list of commands */
	const char *arguments; /* synopsis for --usage: "[HEAP...]"; NULL: none */
	const char *doc;       /* for --help: text above the options, \v, text below them */
	const struct dh_option_group *groups; /* without the output options of all commands */
	bool recorded;			      /* accepts --sysroot */
	size_t size;	      /* of the struct of options, which is zeroed before parsing */
	size_t operands;      /* DH_AT() of a struct dh_words; 0: no operands */
	const char *nonempty; /* name of an operand that must not be empty; NULL: not checked */
	size_t after_dashes;  /* DH_AT() of a char **, the command after "--"; 0: none */
	/*
	 * Checks the options as a whole and computes derived values. Returns NULL, or the message
	 * of a usage error, which may be stored in `out`. NULL: no check.
	 */
	const char *(*check)(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX]);
	const struct dh_schema *schema; /* of the first section of output, for -o */
	enum dh_status (*run)(const struct dh_env *env, const void *options);
};

/* Returns the command of that name, or NULL. `commands` is NULL-terminated. */
const struct dh_command *dh_command_find(const struct dh_command *const *commands,
					 const char *name);

#define DH_TABLES_MAX 8

/* Lists the tables of all options of a command, without a struct to fill. Returns the number. */
size_t dh_command_tables(const struct dh_command *command,
			 struct dh_option_table tables[DH_TABLES_MAX]);

/*
 * Parses the arguments (argv[0] is "dmaheapctl NAME"), opens the root and runs the command.
 * Exits after a usage error, --help, --usage and --version.
 */
enum dh_status dh_command_run(const struct dh_command *command, int argc, char **argv);

/*
 * For completions and the test of the manual: one item per line, fields separated by tabs.
 * Commands: NAME, HELP. Options: --LONG, -S or empty, ARG or [ARG] or empty, HELP;
 * including the options that argp adds. Columns: NAME, HELP.
 */
void dh_print_commands(const struct dh_command *const *commands);
void dh_print_options(const struct dh_option_table *tables, size_t n);
void dh_print_columns(const struct dh_command *command);

#endif
