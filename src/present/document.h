/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output of a command: sections of rows, as tables, raw lines or JSON.
 */
#ifndef DH_PRESENT_DOCUMENT_H
#define DH_PRESENT_DOCUMENT_H

#include <stdio.h>

#include "present/columns.h"

enum dh_format { DH_FORMAT_TABLE, DH_FORMAT_RAW, DH_FORMAT_JSON };

struct dh_style {
	enum dh_format format;
	bool headings;
	bool one_line;	     /* JSON without line breaks, for a sequence of documents */
	const char *columns; /* argument of -o, or NULL; selects columns of the first section */
};

struct dh_section {
	const struct dh_schema *schema;
	const void *rows;
	size_t stride; /* size of a row in bytes */
	size_t n;
	const void *context; /* argument of the getters */
	bool record;	     /* at most one row: in JSON, an object or null instead of an array */
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
 * Writes a document.
 *
 * JSON is one object with all sections, even empty ones: {"schema":1,"heaps":[...],
 * "summary":{...}}. It has all columns, except that style->columns selects those of the first
 * section.
 *
 * DH_FORMAT_TABLE writes a table for each section that has rows, with an empty line between two
 * tables. The table of a record has one line for each column.
 *
 * DH_FORMAT_RAW writes only the first section: a line of headings if requested, and one line for
 * each row. Spaces separate the cells, numbers are integers, blanks in text are escaped, and "-" is
 * an absent cell.
 *
 * Returns 0, -EINVAL for an unknown column, -ENOMEM, or -EIO after a write error. To reject an
 * unknown column before the command does its work, call dh_columns_choose().
 */
int dh_document_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		      size_t n);

/* Implements dh_document_write() for DH_FORMAT_TABLE and DH_FORMAT_RAW, with libsmartcols. */
int dh_table_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		   size_t n);

#endif
