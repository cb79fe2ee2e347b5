/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Schemas: the columns of each type of row. Tables, raw output, JSON, --list-columns and -o use the
 * schemas.
 */
#ifndef DH_PRESENT_COLUMNS_H
#define DH_PRESENT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/maybe.h"

enum dh_cell_kind {
	DH_CELL_ABSENT,	      /* "-", or null in JSON */
	DH_CELL_TEXT,	      /* escaped; JSON uses other escapes */
	DH_CELL_BYTES,	      /* "4M" in tables, else an integer */
	DH_CELL_COUNT,	      /* an integer */
	DH_CELL_CHANGE,	      /* a signed integer: cast `number` to int64_t */
	DH_CELL_BYTES_CHANGE, /* "-4M" in tables, else a signed integer */
	DH_CELL_DURATION,     /* "12.3us" in tables, else nanoseconds */
	DH_CELL_RATE,	      /* "1.2G/s" in tables, else bytes per second */
	DH_CELL_TRUTH,	      /* yes or no; in JSON, true or false */
	DH_CELL_LIST,	      /* text; in JSON, an array of strings, with null for an item "-" */
	DH_CELL_COUNTS,	      /* "KEY:COUNT,KEY:COUNT"; in JSON, an array of objects */
};

struct dh_cell {
	enum dh_cell_kind kind;
	uint64_t number;
	const char *text;  /* points to `store`, or to text that lives as long as the row */
	const char *items; /* DH_CELL_LIST: parts separated by `separator`; may equal `text` */
	char separator;
	const char *key; /* DH_CELL_COUNTS: name of KEY in JSON */
	bool alert;	 /* red in tables with colour; the text must also name the failure */
	char store[128];
};

/* Flags of a column. */
#define DH_SHOWN (1 << 0) /* shown without -o */
#define DH_RIGHT (1 << 1) /* aligned to the right */
#define DH_TREE	 (1 << 2) /* tables draw the tree of the rows in this column */
#define DH_WRAP	 (1 << 3) /* text that a table may break at blanks */

/* Type of the member of a row that a column without a getter shows. */
enum dh_value_type {
	DH_VALUE_MAYBE,
	DH_VALUE_NUMBER,
	DH_VALUE_BOOL,
	DH_VALUE_TEXT,
};

struct dh_column {
	const char *name; /* heading, such as "LARGEST"; -o ignores the case */
	const char *key;  /* key in JSON, such as "largest"; -o also accepts it */
	unsigned int flags;
	void (*get)(const void *row, const void *context, struct dh_cell *cell);
	/* Without a getter: kind of the cell, and type and offset of a member of the row. */
	enum dh_cell_kind kind;
	enum dh_value_type type;
	size_t offset;
	const char *help;    /* one line without a full stop */
	const char *heading; /* heading in tables if it differs from the name, or NULL */
};

struct dh_schema {
	const char *key; /* such as "heaps" */
	const struct dh_column *columns;
	size_t n;
};

#define DH_SCHEMA(schema, schema_key, column_array) \
	const struct dh_schema schema = {           \
		.key = (schema_key),                \
		.columns = (column_array),          \
		.n = ARRAY_SIZE(column_array),      \
	}

/* Getters set their cell with these functions. A cell that a getter does not set is absent. */
void dh_cell_text(struct dh_cell *cell, const char *text); /* absent if NULL */
__attribute__((format(printf, 2, 3))) void dh_cell_format(struct dh_cell *cell, const char *format,
							  ...);
void dh_cell_number(struct dh_cell *cell, enum dh_cell_kind kind, uint64_t number);
/*
 * Sets a list. Tables contain `text`. JSON contains an array of the parts of `items`, which
 * `separator` separates; if `items` is "", the array is empty. If `text` or `items` is NULL, the
 * cell stays absent.
 */
void dh_cell_list(struct dh_cell *cell, const char *text, const char *items, char separator);
/*
 * Sets a list of "KEY:COUNT", joined by commas. `key` is the name of KEY in JSON. If `text` is "",
 * the list is empty.
 */
void dh_cell_counts(struct dh_cell *cell, const char *text, const char *key);
void dh_cell_maybe(struct dh_cell *cell, enum dh_cell_kind kind, struct dh_maybe number);
void dh_cell_nonempty(struct dh_cell *cell, const char *text); /* absent if "" */
void dh_cell_errno(struct dh_cell *cell, int error);	       /* name of the errno, absent if 0 */

/* Defines a getter. The statement sets `cell` from the row `of`. */
#define DH_GETTER(type, name, statement)                                             \
	static void name(const void *row, const void *context, struct dh_cell *cell) \
	{                                                                            \
		const type *of = row;                                                \
		(void)context;                                                       \
		statement;                                                           \
	}

/*
 * Initialises a column that shows `member` of the row in a cell of the kind DH_CELL_`cell_kind`.
 * A member of another type needs a getter.
 */
#define DH_VALUE(row_type, member, cell_kind)               \
	.kind = DH_CELL_##cell_kind,                        \
	.type = _Generic(&((row_type *)0)->member,          \
			 struct dh_maybe *: DH_VALUE_MAYBE, \
			 uint64_t *: DH_VALUE_NUMBER,       \
			 bool *: DH_VALUE_BOOL,             \
			 char **: DH_VALUE_TEXT,            \
			 const char **: DH_VALUE_TEXT),     \
	.offset = offsetof(row_type, member)

/* Sets `cell` to the value of a column in a row. Does not clear `store`, to save time. */
void dh_column_get(const struct dh_column *column, const void *row, const void *context,
		   struct dh_cell *cell);

/*
 * Selects columns in the given order and without duplicates. `spec` is "A,B" (only these), "+A,B"
 * (the defaults, then these) or NULL (the defaults). The defaults are the columns with DH_SHOWN, or
 * all columns if `all` is true.
 *
 * Returns 0 and sets `*chosen` to an array of `*n` pointers into the schema, which the caller
 * frees. If a name is unknown, returns -EINVAL, and copies up to 63 bytes of the name to `unknown`,
 * which may be NULL. Returns -ENOMEM if out of memory.
 */
int dh_columns_choose(const struct dh_schema *schema, const char *spec, bool all,
		      const struct dh_column ***chosen, size_t *n, char unknown[64]);

#endif
