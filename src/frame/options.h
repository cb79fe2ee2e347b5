/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command-line options as rows of tables, parsed with argp.
 *
 * One row defines an option: its name, its kind of argument, the field that stores the value,
 * and the help text. A table belongs to one command or is shared by several.
 */
#ifndef DH_FRAME_OPTIONS_H
#define DH_FRAME_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum dh_option_kind {
	DH_OPTION_END,	    /* end of the table */
	DH_OPTION_HEADING,  /* heading of the rows below in --help; uses only `group` and `help` */
	DH_OPTION_FLAG,	    /* no argument; sets the bool at `given` */
	DH_OPTION_TEXT,	    /* const char *, points into argv */
	DH_OPTION_LIST,	    /* struct dh_words; the option may be repeated */
	DH_OPTION_COUNT,    /* uint64_t from `min` to `max` */
	DH_OPTION_DURATION, /* uint64_t in nanoseconds, at least `min` */
	DH_OPTION_FD,	    /* struct dh_inherited_fd */
	DH_OPTION_PARSED,   /* the type that `parse` stores */
};

/* Offset of a member, plus one, in the struct that a table fills. 0 means no member. */
#define DH_AT(type, member) (offsetof(type, member) + 1)

struct dh_option {
	enum dh_option_kind kind;
	char letter;	      /* 0: none */
	bool optional;	      /* the argument may be omitted */
	short group;	      /* argp's sort key in --help; 0: same as the row above */
	const char *name;     /* without dashes */
	const char *argument; /* placeholder in --help, such as "SIZE"; NULL: no argument */
	const char *help;     /* one line, without a full stop; NULL: hidden, must be spelled out */
	const char *expected; /* DH_OPTION_COUNT: text after "expected"; NULL: names the bounds */
	const char *initial;  /* default argument, stored before parsing; NULL: none */
	size_t field;	      /* DH_AT() of the value */
	size_t given;	      /* DH_AT() of a bool, set if the option is present; 0: none */
	uint64_t min, max;
	/*
	 * Parses `text` and stores the value at `field`. Returns NULL, or the text after
	 * "expected" in the usage error.
	 */
	const char *(*parse)(const char *text, void *field);
};

/* A table, and the struct that its options fill. */
struct dh_option_table {
	const struct dh_option *rows;
	void *into;
};

/* Operands, or arguments of a repeated option. The struct owns the array, but not the strings. */
struct dh_words {
	const char **each;
	size_t n;
};

static inline void dh_auto_words(struct dh_words *words)
{
	free(words->each);
}

/* The argument of --fd. */
struct dh_inherited_fd {
	bool given;
	bool open; /* `fd` was open when the option was parsed, before the tool opened files */
	int fd;
};

/* Size in bytes of a buffer for the message of a usage error. */
#define DH_MESSAGE_MAX 1024

/*
 * Syntax of a command line. `operands`, `command` and `rest` receive the arguments that are not
 * options, and may be NULL. An argument that none of the three members accepts is a usage error.
 */
struct dh_syntax {
	const char *arguments; /* operands in --usage, such as "[HEAP...]" */
	const char *doc;       /* for --help: text above the options, \v, text below them */
	/*
	 * Returns the allocated text that --help prints below the options, or NULL if memory is
	 * exhausted. argp frees the text. `text` is the part of `doc` after \v, or NULL. If this
	 * member is NULL, --help prints `text` unchanged.
	 */
	char *(*help_below)(const void *data, const char *text);
	const struct dh_option_table *tables;
	size_t n; /* number of tables */
	struct dh_words *operands;
	char ***command; /* receives the part of argv after "--", NULL-terminated */
	char ***rest;	 /* receives argv from the first operand onwards, NULL-terminated */
	/*
	 * Called after parsing. Returns NULL, or the message of a usage error; the message may be
	 * stored in `out`.
	 */
	const char *(*check)(void *data, char out[DH_MESSAGE_MAX]);
	void *data;
};

/* Prints the optional features of the build, for --version with -v. main() sets this pointer. */
extern void (*dh_options_print_features)(FILE *out);

/*
 * Parses argv. Exits with DH_EXIT_USAGE after a usage error, with DH_EXIT_DONE after --help,
 * --usage and --version, and with DH_EXIT_ERROR if their output fails or memory is exhausted.
 */
void dh_options_parse(const struct dh_syntax *syntax, int argc, char **argv);

/* Frees the arrays of the DH_OPTION_LIST options in the table. */
void dh_options_release(const struct dh_option_table *table);

#endif
