/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command is, and what is done for each before and after it runs.
 */
#ifndef DH_FRAME_COMMAND_H
#define DH_FRAME_COMMAND_H

#include "frame/env.h"
#include "frame/message.h"
#include "frame/options.h"
#include "present/columns.h"

/* Options that several commands share. */
struct dh_option_group {
	const struct dh_option *rows; /* NULL ends the list */
	size_t at;		      /* offset of the group's struct in the command's */
};

struct dh_command {
	const char *name;
	const char *help;      /* one line, for the list of commands */
	const char *arguments; /* as in --usage: "[HEAP...]"; NULL: none */
	const char *doc;       /* of --help: the text above the options, \v, the text below */
	/* The command's own, and those it shares; how to print, all commands share. */
	const struct dh_option_group *groups;
	bool recorded;	  /* works on a recorded system, too: --sysroot */
	size_t size;	  /* of the struct of options, zeroed before they are stored */
	size_t words;	  /* DH_AT() of a struct dh_words: what is not an option; 0: takes none */
	const char *word; /* what each of these is, where it cannot be empty */
	size_t behind;	  /* DH_AT() of a char **: the command behind '--'; 0: takes none */
	/*
	 * Looks at the options as a whole, and works out what follows from them. Returns NULL, or
	 * the sentence of a usage error, which may stand in `out`. NULL: nothing to check.
	 */
	const char *(*check)(const struct dh_env *env, void *options, char out[DH_SENTENCE_MAX]);
	const struct dh_schema *schema; /* of the rows that it shows first, for -o */
	enum dh_status (*run)(const struct dh_env *env, const void *options);
};

/* NULL where none has that name. `commands` is ended by NULL. */
const struct dh_command *dh_command_find(const struct dh_command *const *commands,
					 const char *name);

#define DH_TABLES_MAX 8

/* The tables of all the command's options, none of them filling anything. Returns how many. */
size_t dh_command_tables(const struct dh_command *command,
			 struct dh_option_table tables[DH_TABLES_MAX]);

/*
 * Parses the arguments (argv[0] is "dmaheapctl NAME"), opens the root, runs the command and
 * closes the root. Ends the process where the arguments are wrong.
 */
enum dh_status dh_command_run(const struct dh_command *command, int argc, char **argv);

#endif
