/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options as rows of tables, over argp.
 *
 * A row is all there is of an option: its name, what it takes, where the value goes, what is
 * said of a wrong one. A table is a command's own, or a group that several commands share.
 */
#ifndef DH_FRAME_OPTIONS_H
#define DH_FRAME_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum dh_option_kind {
	DH_OPTION_END,	    /* of the table */
	DH_OPTION_HEADING,  /* in --help, of the rows below: `help` alone */
	DH_OPTION_FLAG,	    /* nothing but `given` */
	DH_OPTION_TEXT,	    /* const char *, in argv */
	DH_OPTION_LIST,	    /* struct dh_words: the option may be repeated */
	DH_OPTION_COUNT,    /* uint64_t from `least` to `most` */
	DH_OPTION_SIZE,	    /* uint64_t, bytes above zero */
	DH_OPTION_DURATION, /* uint64_t, nanoseconds, `least` at least */
	DH_OPTION_FD_FLAGS, /* uint32_t */
	DH_OPTION_FD,	    /* struct dh_inherited_fd */
	DH_OPTION_PARSED,   /* what `parse` makes of it */
};

/* Where a member of the struct that a table fills stands; 0 is nowhere. */
#define DH_AT(type, member) (offsetof(type, member) + 1)

struct dh_option {
	enum dh_option_kind kind;
	char letter;	      /* 0: none */
	bool optional;	      /* the argument may be left out */
	short group;	      /* place in --help; 0: that of the row above */
	const char *name;     /* without the dashes */
	const char *argument; /* "SIZE" */
	const char *help;     /* one line, without a full stop */
	const char *wanted;   /* what is said of a wrong argument; NULL: the kind's own words */
	const char *initial;  /* the argument of one that is not given; NULL: zero */
	size_t field;	      /* DH_AT() of the value */
	size_t given;	      /* DH_AT() of a bool: was it on the command line? 0: not kept */
	uint64_t least, most;
	/* Stores the value; returns NULL, or what would have been right. */
	const char *(*parse)(const char *text, void *field);
};

/* A table, and the struct that it fills. */
struct dh_option_table {
	const struct dh_option *rows;
	void *into;
};

/* Words of the command line: the list is owned, the words are argv's. */
struct dh_words {
	const char **each;
	size_t n;
};

static inline void dh_auto_words(struct dh_words *words)
{
	free(words->each);
}

/* A descriptor that was named. */
struct dh_inherited_fd {
	bool given;
	bool open; /* it was when it was named, before the tool opened anything */
	int fd;
};

/* Room for the sentence of a usage error. */
#define DH_SENTENCE_MAX 1024

/* A command line. What it has beyond options goes to one of the last three, NULL: not taken. */
struct dh_syntax {
	const char *arguments; /* as in --usage: "[HEAP...]" */
	const char *doc;       /* as argp takes it */
	char *(*below)(void);  /* returns the text of --help below the options; NULL: see doc */
	const struct dh_option_table *tables;
	size_t n;
	struct dh_words *words;
	char ***command; /* the command after '--', in argv, ended by NULL */
	char ***rest;	 /* from the first word on, whatever that is, in argv, ended by NULL */
	/* Returns NULL, or the sentence of a usage error, which may stand in `out`. */
	const char *(*check)(void *data, char out[DH_SENTENCE_MAX]);
	void *data;
};

/*
 * Parses with one usage policy for every command. Ends the process with DH_EXIT_USAGE where
 * the arguments are wrong, and after --help, --usage and --version.
 */
void dh_options_parse(const struct dh_syntax *syntax, int argc, char **argv);

/* Frees the lists that the table's rows have filled. */
void dh_options_release(const struct dh_option_table *table);

#endif
