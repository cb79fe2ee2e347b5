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
#include <stdlib.h>

enum dh_option_kind {
	DH_OPTION_END,	    /* of the table */
	DH_OPTION_HEADING,  /* heading in --help for the rows below; uses only `help` */
	DH_OPTION_FLAG,	    /* no argument; sets `given` */
	DH_OPTION_TEXT,	    /* const char *, points into argv */
	DH_OPTION_LIST,	    /* struct dh_words: the option may be repeated */
	DH_OPTION_COUNT,    /* uint64_t from `min` to `max` */
	DH_OPTION_SIZE,	    /* uint64_t, bytes, not zero */
	DH_OPTION_DURATION, /* uint64_t, nanoseconds, at least `min` */
	DH_OPTION_FD_FLAGS, /* uint32_t */
	DH_OPTION_FD,	    /* struct dh_inherited_fd */
	DH_OPTION_PARSED,   /* type of the field that `parse` fills */
};

/* Offset of a member of the struct that a table fills, plus one; 0 means no member. */
#define DH_AT(type, member) (offsetof(type, member) + 1)

struct dh_option {
	enum dh_option_kind kind;
	char letter;	      /* 0: none */
	bool optional;	      /* the argument may be omitted */
	short group;	      /* argp's sort key in --help; 0: same as the row above */
	const char *name;     /* without dashes */
	const char *argument; /* placeholder in --help: "SIZE" */
	const char *help;     /* one line, without a full stop */
	const char *expected; /* for usage errors, "a size such as 4K"; NULL: by kind */
	const char *initial;  /* argument to assume if the option is absent; NULL: zero */
	size_t field;	      /* DH_AT() of the value */
	size_t given;	      /* DH_AT() of a bool, set if the option is present; 0: none */
	uint64_t min, max;
	/* Stores the value. Returns NULL, or the text of `expected` for a usage error. */
	const char *(*parse)(const char *text, void *field);
};

/* A table, and the struct that its options fill. */
struct dh_option_table {
	const struct dh_option *rows;
	void *into;
};

/* Arguments of the command line. The array is owned, the strings belong to argv. */
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
	bool open; /* checked during parsing, before the tool opens descriptors of its own */
	int fd;
};

/* Size of a buffer for the message of a usage error. */
#define DH_MESSAGE_MAX 1024

/*
 * A command line. Arguments that are not options go to `operands`, `command` or `rest`; a NULL
 * pointer makes such arguments a usage error.
 */
struct dh_syntax {
	const char *arguments;	   /* synopsis for --usage: "[HEAP...]" */
	const char *doc;	   /* as struct argp has it */
	char *(*help_below)(void); /* allocates the text below the options; NULL: use `doc` */
	const struct dh_option_table *tables;
	size_t n;
	struct dh_words *operands;
	char ***command; /* the command after "--", NULL-terminated, in argv */
	char ***rest;	 /* the first operand and everything after it, NULL-terminated */
	/* Returns NULL, or the message of a usage error, which may be stored in `out`. */
	const char *(*check)(void *data, char out[DH_MESSAGE_MAX]);
	void *data;
};

/*
 * Parses argv. Exits with DH_EXIT_USAGE after a usage error, and with DH_EXIT_DONE after --help,
 * --usage and --version.
 */
void dh_options_parse(const struct dh_syntax *syntax, int argc, char **argv);

/* Frees the lists that the table's options filled. */
void dh_options_release(const struct dh_option_table *table);

#endif
