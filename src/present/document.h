/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command answers: one list of rows, and possibly records beside it.
 */
#ifndef DH_PRESENT_DOCUMENT_H
#define DH_PRESENT_DOCUMENT_H

#include <stdio.h>

#include "present/columns.h"

enum dh_format { DH_FORMAT_TABLE, DH_FORMAT_RAW, DH_FORMAT_JSON };

struct dh_style {
	enum dh_format format;
	bool headings;
	bool one_line;	     /* JSON: without line breaks, for one document after another */
	const char *columns; /* as -o gave them, or NULL; they choose in the first section */
};

struct dh_section {
	const struct dh_schema *schema;
	const void *rows;
	size_t stride; /* bytes from a row to the next */
	size_t n;
	const void *context; /* handed to the getters */
	bool record;	     /* JSON: one object rather than an array; then n is 0 (null) or 1 */
};

/* Sections of an array of `count` rows, and of the one row that is there or not. */
#define DH_LIST(of, array, count)           \
	((struct dh_section){               \
		.schema = &(of),            \
		.rows = (array),            \
		.stride = sizeof(*(array)), \
		.n = (count),               \
	})
#define DH_RECORD(of, pointer, there)         \
	((struct dh_section){                 \
		.schema = &(of),              \
		.rows = (pointer),            \
		.stride = sizeof(*(pointer)), \
		.n = (there),                 \
		.record = true,               \
	})

/*
 * Writes the document. JSON has all sections in one object, whatever their number of
 * rows: {"schema":1,"heaps":[...],"summary":{...}}, all columns unless the style names
 * some. A table has the first section's rows and below them, an empty line between, each
 * other section that has any; a record's keys stand in a column. Raw has the first section alone,
 * one row a line, cells separated by one space, integers in full, blanks in text escaped,
 * "-" for absent.
 *
 * 0; -EINVAL for a column that is none (check with dh_columns_choose() before work
 * is done); -ENOMEM; -EIO where `out` failed.
 */
int dh_document_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		      size_t n);

#endif
