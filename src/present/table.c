// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/document.h"

#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"

static void dh_auto_table(struct libscols_table **table)
{
	scols_unref_table(*table);
}

/* Returns true if the text contains no blank, and format_human() does not change it. */
static bool is_plain(const char *text)
{
	if (!*text || !strcmp(text, "-"))
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || *text == '\\')
			return false;
	return true;
}

static bool is_text(const struct dh_cell *cell)
{
	return cell->kind == DH_CELL_TEXT || cell->kind == DH_CELL_LIST ||
	       cell->kind == DH_CELL_COUNTS;
}

/* Formats a cell of a table. The caller frees the text. Returns NULL if memory is exhausted. */
static char *format_human(const struct dh_cell *cell)
{
	char unit[DH_UNIT_MAX];
	int64_t number;

	switch (cell->kind) {
	case DH_CELL_TEXT:
	case DH_CELL_LIST:
	case DH_CELL_COUNTS:
		if (is_plain(cell->text))
			return strdup(cell->text);
		/* The text "-" must differ from an absent cell. */
		if (!strcmp(cell->text, "-"))
			return strdup("\\x2d");
		return *cell->text ? dh_text_escape(cell->text) : strdup("-");
	case DH_CELL_BYTES:
		return strdup(dh_format_size_short(cell->number, unit));
	case DH_CELL_COUNT:
		return dh_text_format("%" PRIu64, cell->number);
	case DH_CELL_CHANGE:
		return dh_text_format("%" PRId64, (int64_t)cell->number);
	case DH_CELL_BYTES_CHANGE:
		number = (int64_t)cell->number;
		return dh_text_format(
			"%s%s", number < 0 ? "-" : "",
			dh_format_size_short(number < 0 ? -cell->number : cell->number, unit));
	case DH_CELL_DURATION:
		return strdup(dh_format_duration(cell->number, unit));
	case DH_CELL_RATE:
		return dh_text_format("%s/s", dh_format_size_short(cell->number, unit));
	case DH_CELL_TRUTH:
		return strdup(cell->number ? "yes" : "no");
	case DH_CELL_ABSENT:
		break;
	}
	return strdup("-");
}

/* Same as format_human(), but also escapes the characters in `special` in text. */
static char *format_raw(const struct dh_cell *cell, const char *special)
{
	dh_auto(free) char *escaped = NULL;
	char *text = NULL, *end;

	if (!is_text(cell))
		return format_human(cell);
	escaped = format_human(cell);
	if (!escaped)
		return NULL;
	text = end = malloc(4 * strlen(escaped) + 1);
	for (const char *c = escaped; text && *c; c++) {
		if (strchr(special, *c))
			end = dh_text_escape_byte(end, (unsigned char)*c);
		else
			*end++ = *c;
	}
	if (text)
		*end = '\0';
	return text;
}

/* Do not use printf(), which is slow: most cells of large tables are numbers. */
static const char *format_number(uint64_t number, char buffer[24])
{
	char *at = buffer + 23;

	*at = '\0';
	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return at;
}

static int write_raw_cell(FILE *out, const struct dh_cell *cell)
{
	dh_auto(free) char *text = NULL;
	char buffer[24];

	switch (cell->kind) {
	case DH_CELL_ABSENT:
		fputc_unlocked('-', out);
		return 0;
	case DH_CELL_BYTES:
	case DH_CELL_COUNT:
	case DH_CELL_DURATION:
	case DH_CELL_RATE:
		fputs_unlocked(format_number(cell->number, buffer), out);
		return 0;
	case DH_CELL_CHANGE:
	case DH_CELL_BYTES_CHANGE:
		fprintf(out, "%" PRId64, (int64_t)cell->number);
		return 0;
	case DH_CELL_TEXT:
	case DH_CELL_LIST:
	case DH_CELL_COUNTS:
		if (is_plain(cell->text)) {
			fputs_unlocked(cell->text, out);
			return 0;
		}
		break;
	default:
		break;
	}
	text = format_raw(cell, " "); /* shells split lines at blanks */
	if (!text)
		return -ENOMEM;
	fputs_unlocked(text, out);
	return 0;
}

/* Writes NAME="VALUE". In the name, "_" replaces "-", which shells do not allow in a name. */
static int write_pair(FILE *out, const char *name, const struct dh_cell *cell)
{
	dh_auto(free) char *text = NULL;
	int ret = 0;

	for (; *name; name++)
		fputc_unlocked(*name == '-' ? '_' : *name, out);
	fputs_unlocked("=\"", out);
	if (is_text(cell)) {
		/* Shells interpret these characters inside double quotes. */
		text = format_raw(cell, "\"$`");
		if (!text)
			return -ENOMEM;
		fputs_unlocked(text, out);
	} else {
		ret = write_raw_cell(out, cell);
	}
	fputc_unlocked('"', out);
	return ret;
}

static const char *heading(const struct dh_column *column)
{
	return column->heading ? column->heading : column->name;
}

static void get_cell(const struct dh_section *section, const struct dh_column *column, size_t row,
		     struct dh_cell *cell)
{
	dh_column_get(column, (const char *)section->rows + row * section->stride, section->context,
		      cell);
}

static int write_raw(FILE *out, const struct dh_style *style, const struct dh_section *section,
		     const struct dh_column *const *columns, size_t n)
{
	for (size_t i = 0; i < n && style->headings && !style->pairs; i++)
		fprintf(out, "%s%c", columns[i]->name, i + 1 < n ? ' ' : '\n');

	for (size_t row = 0; row < section->n; row++) {
		for (size_t i = 0; i < n; i++) {
			struct dh_cell cell;
			int ret;

			get_cell(section, columns[i], row, &cell);
			ret = style->pairs ? write_pair(out, columns[i]->name, &cell)
					   : write_raw_cell(out, &cell);
			if (ret)
				return ret;
			fputc_unlocked(i + 1 < n ? ' ' : '\n', out);
		}
	}
	return ferror(out) ? -EIO : 0;
}

/*
 * Creates a table that never truncates cells, because truncated names are useless. The terminal
 * wraps long lines.
 */
static struct libscols_table *new_table(FILE *out, bool headings)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_set_stream(table, out);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noheadings(table, !headings);
	scols_table_enable_ascii(table, 1);
	/* The text is already escaped, so libsmartcols must not escape it again. */
	scols_table_enable_noencoding(table, 1);
	return table;
}

static int set_cell(struct libscols_line *line, size_t column, const struct dh_cell *cell)
{
	char *text = format_human(cell);
	int ret;

	if (!text)
		return -ENOMEM;
	ret = scols_line_refer_data(line, column, text);
	if (ret)
		free(text);
	return ret;
}

static int write_rows(FILE *out, const struct dh_style *style, const struct dh_section *section,
		      const struct dh_column *const *columns, size_t n)
{
	dh_auto(table) struct libscols_table *table = new_table(out, style->headings);
	struct libscols_line *parent = NULL;

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		/* libsmartcols reserves the width of a heading even if it prints no headings. */
		if (!scols_table_new_column(
			    table, style->headings ? heading(columns[i]) : "", 0,
			    (columns[i]->flags & DH_RIGHT ? SCOLS_FL_RIGHT : 0) |
				    (columns[i]->flags & DH_TREE ? SCOLS_FL_TREE : 0)))
			return -ENOMEM;

	for (size_t row = 0; row < section->n; row++) {
		bool child = section->is_child &&
			     section->is_child((const char *)section->rows + row * section->stride);
		struct libscols_line *line = scols_table_new_line(table, child ? parent : NULL);

		if (!line)
			return -ENOMEM;
		if (!child)
			parent = line;
		for (size_t i = 0; i < n; i++) {
			struct dh_cell cell;

			get_cell(section, columns[i], row, &cell);
			if (set_cell(line, i, &cell))
				return -ENOMEM;
		}
	}
	/* scols_print_table() fails only if memory is exhausted. ferror() shows write errors. */
	if (section->n && scols_print_table(table))
		return -ENOMEM;
	return ferror(out) ? -EIO : 0;
}

/* Writes one line for each column: its heading and its value. */
static int write_record(FILE *out, const struct dh_section *section,
			const struct dh_column *const *columns, size_t n)
{
	dh_auto(table) struct libscols_table *table = new_table(out, false);

	if (!table || !scols_table_new_column(table, "", 0, 0) ||
	    !scols_table_new_column(table, "", 0, 0))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);
		struct dh_cell cell;

		if (!line || scols_line_set_data(line, 0, heading(columns[i])))
			return -ENOMEM;
		get_cell(section, columns[i], 0, &cell);
		if (set_cell(line, 1, &cell))
			return -ENOMEM;
	}
	if (n && scols_print_table(table))
		return -ENOMEM;
	return ferror(out) ? -EIO : 0;
}

static int write_section(FILE *out, const struct dh_style *style, const struct dh_section *section,
			 const char *spec)
{
	dh_auto(free) const struct dh_column **columns = NULL;
	char unknown[64];
	size_t n;
	int ret;

	ret = dh_columns_choose(section->schema, spec, false, &columns, &n, unknown);
	if (ret)
		return ret;
	if (style->format == DH_FORMAT_RAW)
		return write_raw(out, style, section, columns, n);
	return section->record ? write_record(out, section, columns, n)
			       : write_rows(out, style, section, columns, n);
}

int dh_table_write(FILE *out, const struct dh_style *style, const struct dh_section *sections,
		   size_t n)
{
	bool above = false;
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		if (i && style->format == DH_FORMAT_RAW)
			break;
		if (i && !sections[i].n)
			continue;
		if (above)
			fputc('\n', out);
		ret = write_section(out, style, &sections[i], i ? NULL : style->columns);
		above = above || sections[i].n;
	}
	return ret;
}
