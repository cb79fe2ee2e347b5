/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output of a command: sections of rows, as tables, raw lines or JSON.
 */
#ifndef DH_PRESENT_DOCUMENT_H
#define DH_PRESENT_DOCUMENT_H

#include <stdio.h>

#include "present/columns.h"

struct json_object;

enum dh_format { DH_FORMAT_TABLE, DH_FORMAT_RAW, DH_FORMAT_JSON };

/* The system and the command that a JSON document names before its rows. */
struct dh_origin {
	const char *command;	   /* NULL: the command is unknown */
	char host[65];		   /* as in struct utsname; "": unknown */
	char release[65];	   /* of the kernel; "": unknown */
	char machine[65];	   /* such as "aarch64"; "": unknown */
	char boot_id[40];	   /* "": unknown */
	char time[32];		   /* UTC, as in RFC 3339 */
	struct dh_maybe page_size; /* bytes */
};

/* The error of a command. A string is NULL if the error has no such part. */
struct dh_error {
	int status;	     /* exit status */
	const char *code;    /* name of the errno */
	const char *subject; /* such as "heap 'system'" */
	const char *stage;   /* attempted operation */
	const char *message; /* the whole message, unescaped */
	const char *hint;    /* next step */
};

struct dh_style {
	enum dh_format format;
	bool headings;
	bool pairs;	     /* DH_FORMAT_RAW: NAME="VALUE" instead of cells below headings */
	bool one_line;	     /* JSON without line breaks, for a sequence of documents */
	const char *columns; /* argument of -o, or NULL; selects columns of the first section */
	size_t width;	     /* DH_FORMAT_TABLE: maximum length of a line; 0: no limit */
	bool colour;	     /* DH_FORMAT_TABLE: cells with an alert are red */
	bool marked;	     /* DH_FORMAT_TABLE: each record begins with DH_RECORD_MARK */
};

/*
 * Marks the beginning of a record for dh_screen_draw(). Escaped text never contains this character.
 */
#define DH_RECORD_MARK '\f'

struct dh_section {
	const struct dh_schema *schema;
	const void *rows;
	size_t stride; /* size of a row in bytes */
	size_t n;
	const void *context; /* argument of the getters */
	/* Returns true for a child of the nearest row above that is not a child. NULL: no tree. */
	bool (*is_child)(const void *row);
	bool record; /* at most one row: in JSON, an object or null instead of an array */
	/*
	 * In a table, print a record as one line below the headings if it fits, instead of one line
	 * for each column.
	 */
	bool line;
};

/* DH_LIST() has `count` rows. DH_RECORD() has one row if `present` is true, else none. */
#define DH_LIST(of, array, count)           \
	((struct dh_section){               \
		.schema = &(of),            \
		.rows = (array),            \
		.stride = sizeof(*(array)), \
		.n = (count),               \
	})
#define DH_RECORD(of, pointer, present)       \
	((struct dh_section){                 \
		.schema = &(of),              \
		.rows = (pointer),            \
		.stride = sizeof(*(pointer)), \
		.n = (present),               \
		.record = true,               \
	})

/*
 * Writes tables or raw lines; style->columns selects the columns of the first section.
 *
 * DH_FORMAT_TABLE writes a table for each section that has rows, with an empty line between two
 * tables. The table of a record has one line for each column. If a table is wider than
 * style->width, breaks the text of a column with DH_WRAP. If the table is still too wide, writes
 * each row as a record, with an empty line between two rows. Text is never truncated, so a line
 * with a long value can exceed style->width.
 *
 * DH_FORMAT_RAW writes only the first section: a line of headings if requested, and one line for
 * each row. Spaces separate the cells, numbers are integers, blanks in text are escaped, and "-" is
 * an absent or empty cell. With style->pairs, there are no headings, each cell is NAME="VALUE", and
 * blanks are not escaped.
 *
 * Returns 0, -EINVAL for an unknown column, -ENOMEM, or -EIO after a write error. To reject an
 * unknown column before the command does its work, call dh_columns_choose().
 */
int dh_table_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		   size_t n);

/*
 * These functions write JSON in two steps, so that a command can report an error after its rows.
 *
 * dh_json_begin() sets `*document` to an object with the members of `origin` (NULL: only the
 * schema) and all sections, even empty ones: {"schema":1,"heaps":[...],"summary":{...}}. The
 * sections contain all columns, except that style->columns selects those of the first section.
 * Returns 0 or -errno as dh_table_write() does.
 *
 * dh_json_end() adds the member "error" unless `error` is NULL, sets the member "interrupted" to
 * true if `interrupted` is true, and writes the document to `out`. It frees the document, even on
 * failure. Returns 0, -ENOMEM or -EIO.
 */
int dh_json_begin(const struct dh_style *style, const struct dh_origin *origin,
		  const struct dh_section *sections, size_t n, struct json_object **document);
int dh_json_end(FILE *out, const struct dh_style *style, const struct dh_error *error,
		bool interrupted, struct json_object *document);

#endif
