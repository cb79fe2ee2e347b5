/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one schema of each kind of row: it feeds headings, help, selection, table,
 * raw and JSON.
 */
#ifndef DH_PRESENT_COLUMNS_H
#define DH_PRESENT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"

enum dh_cell_kind {
	DH_CELL_ABSENT,	  /* "-" in tables, null in JSON */
	DH_CELL_TEXT,	  /* escaped wherever a terminal may see it */
	DH_CELL_BYTES,	  /* "4M" in tables, an integer elsewhere */
	DH_CELL_COUNT,	  /* an integer */
	DH_CELL_CHANGE,	  /* a signed integer: `number` is an int64_t */
	DH_CELL_DURATION, /* "12.3us" in tables, nanoseconds elsewhere */
	DH_CELL_RATE,	  /* "1.2G/s" in tables, bytes per second elsewhere */
	DH_CELL_TRUTH,	  /* yes/no, true/false in JSON */
};

struct dh_cell {
	enum dh_cell_kind kind;
	uint64_t number;
	const char *text; /* lives as long as the row, or points to `store` */
	char store[128];
};

struct dh_column {
	const char *name;    /* "LARGEST": heading, and what -o takes in any case */
	const char *key;     /* "largest": JSON, and the manual; -o takes it, too */
	const char *heading; /* in tables for people, where the name alone would say too much */
	const char *help;    /* one line, without a full stop */
	bool shown;	     /* in a table without -o */
	bool right;	     /* aligned to the right */
	void (*get)(const void *row, const void *context, struct dh_cell *cell);
};

struct dh_schema {
	const char *key; /* "heaps" */
	const struct dh_column *columns;
	size_t n;
};

/* Helpers for getters. A cell is DH_CELL_ABSENT before its getter is called. */
void dh_cell_text(struct dh_cell *cell, const char *text); /* NULL stays absent */
__attribute__((format(printf, 2, 3))) void dh_cell_format(struct dh_cell *cell, const char *format,
							  ...);
void dh_cell_number(struct dh_cell *cell, enum dh_cell_kind kind, uint64_t number);
void dh_cell_maybe(struct dh_cell *cell, enum dh_cell_kind kind, struct dh_maybe number);
void dh_cell_nonempty(struct dh_cell *cell, const char *text); /* "" stays absent */
void dh_cell_errno(struct dh_cell *cell, int error);	       /* its name; 0 stays absent */

/* A getter: one statement about `of`, which is a row of that type, and `cell`. */
#define DH_GETTER(type, name, statement)                                             \
	static void name(const void *row, const void *context, struct dh_cell *cell) \
	{                                                                            \
		const type *of = row;                                                \
		(void)context;                                                       \
		statement;                                                           \
	}

/*
 * Which columns to show, and in which order. `spec` is "A,B" (these), "+A,B" (the
 * default ones and these) or NULL (the default ones; all of them with `all`). A column
 * named twice is shown once.
 *
 * 0 and an array of `*n` pointers into the schema, which the caller frees; -EINVAL
 * where a name is none, and then `unknown` holds it; -ENOMEM.
 */
int dh_columns_choose(const struct dh_schema *schema, const char *spec, bool all,
		      const struct dh_column ***chosen, size_t *n, char unknown[64]);

#endif
