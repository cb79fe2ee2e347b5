/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses the options of a command, runs the command, and prints the lists for completions.
 */
#ifndef DH_FRAME_COMMAND_H
#define DH_FRAME_COMMAND_H

#include "frame/message.h"
#include "frame/options.h"
#include "present/columns.h"

/* A table of options that a command accepts. Several commands may share a table. */
struct dh_option_group {
	const struct dh_option *rows; /* NULL terminates the list of groups */
	/* Offset in bytes of the struct that `rows` fill, in the command's struct of options. */
	size_t offset;
};

/* A report with another type of rows, selected by an option. */
struct dh_view {
	const struct dh_schema *schema; /* NULL terminates the list of views */
	const char *option;		/* name of the option, without dashes */
	size_t given;			/* DH_AT() of the option's bool */
};

struct dh_command {
	const char *name;
	const char *help;      /* one line, for the list of commands */
	const char *arguments; /* operands in --usage, such as "[HEAP...]"; NULL: none */
	const char *doc;       /* for --help: text above the options, \v, text below them */
	const struct dh_option_group *groups; /* excludes the output options */
	bool recorded;			      /* accepts --sysroot */
	/*
	 * The command can work for a long time: run() polls dh_interrupted(), and returns
	 * DH_EXIT_INTERRUPTED if a signal ended the work. If stderr is a terminal, the tool shows
	 * the progress there, except with -q.
	 */
	bool interruptible;
	size_t size; /* size in bytes of the struct of options, which is zeroed before parsing */
	size_t operands;      /* DH_AT() of the struct dh_words */
	const char *nonempty; /* noun for an operand that must not be ""; NULL: "" is valid */
	size_t after_dashes;  /* DH_AT() of a char **: command after "--"; 0: none */
	/*
	 * Checks combinations of options, and computes members of `options` that depend on several
	 * options. Returns NULL, or the message of a usage error; the message may be stored in
	 * `out`. `check` may be NULL.
	 */
	const char *(*check)(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX]);
	const struct dh_schema *schema; /* the columns for -o */
	const struct dh_view *views;	/* the columns for -o with certain options; NULL: none */
	enum dh_status (*run)(const struct dh_env *env, const void *options);
};

/* Returns the command with this name, or NULL. `commands` is NULL-terminated. */
const struct dh_command *dh_command_find(const struct dh_command *const *commands,
					 const char *name);

#define DH_TABLES_MAX 8

/*
 * Stores the option tables of a command, including the output options, in `tables`, with `into` set
 * to NULL. Returns the number of tables.
 */
size_t dh_command_tables(const struct dh_command *command,
			 struct dh_option_table tables[DH_TABLES_MAX]);

/*
 * Parses the arguments (argv[0] is "dmaheapctl NAME"), opens /sys, /proc, /dev and /etc, or those
 * of the recorded system given with --sysroot, and runs the command. Returns the status of the
 * command, or of another step that failed. Does not return if dh_options_parse() exits.
 */
enum dh_status dh_command_run(const struct dh_command *command, int argc, char **argv);

/*
 * Print lists for completions and for the tests of the manual pages: one item per line, with its
 * fields separated by tabs. The fields of a command and of a column are the name and the help text.
 * The fields of an option are "--LONG", "-S" or empty, "ARG" or "[ARG]" or empty, and the help
 * text. The options include those that argp adds.
 */
void dh_print_commands(const struct dh_command *const *commands);
void dh_print_options(const struct dh_option_table *tables, size_t n);
void dh_print_columns(const struct dh_command *command);

#endif
