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

/* Writes text. Escapes more bytes than a table does: those outside ASCII and in `special`. */
static int write_text(FILE *out, const struct dh_cell *cell, const char *special)
{
	dh_auto(free) char *text = format_human(cell);
	char escaped[4];

	if (!text)
		return -ENOMEM;
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x80 && !strchr(special, *c)) {
			fputc_unlocked(*c, out);
			continue;
		}
		dh_text_escape_byte(escaped, (unsigned char)*c);
		fwrite_unlocked(escaped, 1, sizeof(escaped), out);
	}
	return 0;
}

/* In text, also escapes the characters in `special`. Returns 0 or -ENOMEM. */
static int write_raw_cell(FILE *out, const struct dh_cell *cell, const char *special)
{
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
	case DH_CELL_TRUTH:
		fputs_unlocked(cell->number ? "yes" : "no", out);
		return 0;
	case DH_CELL_TEXT:
	case DH_CELL_LIST:
	case DH_CELL_COUNTS:
		break;
	}
	if (!is_plain(cell->text) || strpbrk(cell->text, special))
		return write_text(out, cell, special);
	fputs_unlocked(cell->text, out);
	return 0;
}

/*
 * Writes NAME="VALUE". In the name, "_" replaces "-", which shells do not allow in the name of a
 * variable. Escapes the characters that shells interpret inside double quotes.
 */
static int write_pair(FILE *out, const char *name, const struct dh_cell *cell)
{
	int ret;

	for (; *name; name++)
		fputc_unlocked(*name == '-' ? '_' : *name, out);
	fputs_unlocked("=\"", out);
	ret = write_raw_cell(out, cell, "\"$`");
	fputc_unlocked('"', out);
	return ret;
}

static const char *heading(const struct dh_column *column)
{
	return column->heading ? column->heading : column->name;
}

static bool is_child(const struct dh_section *section, size_t row)
{
	return section->is_child &&
	       section->is_child((const char *)section->rows + row * section->stride);
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
			/* Shells split lines at blanks. */
			ret = style->pairs ? write_pair(out, columns[i]->name, &cell)
					   : write_raw_cell(out, &cell, " ");
			if (ret)
				return ret;
			fputc_unlocked(i + 1 < n ? ' ' : '\n', out);
		}
	}
	return ferror(out) ? -EIO : 0;
}

/*
 * Minimum width of a column with DH_WRAP after its text is broken: many short lines are harder to
 * read than a record.
 */
#define WRAP_MIN 20

/* Breaks a text in place into lines of at most `width` columns. A wider word remains whole. */
static void break_lines(char *text, size_t width)
{
	size_t used = 0;
	char *blank = NULL;

	for (char *word = text; word; word = blank ? blank + 1 : NULL) {
		char *end = strchr(word, ' ');
		size_t columns;

		if (end)
			*end = '\0';
		columns = dh_text_width(word);
		if (blank && used + 1 + columns > width) {
			*blank = '\n';
			used = columns;
		} else {
			used += (blank ? 1 : 0) + columns;
		}
		if (end)
			*end = ' ';
		blank = end;
	}
}

/* Creates a table that never truncates cells, because truncated names are useless. */
static struct libscols_table *new_table(FILE *out, bool headings, bool colour)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_set_stream(table, out);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_noheadings(table, !headings);
	scols_table_enable_colors(table, colour);
	scols_table_enable_ascii(table, 1);
	/* The text is already escaped, so libsmartcols must not escape it again. */
	scols_table_enable_noencoding(table, 1);
	return table;
}

/* Returns 0 or -ENOMEM. */
static int add_column(struct libscols_table *table, const char *name, unsigned int flags)
{
	int right = flags & DH_RIGHT ? SCOLS_FL_RIGHT : 0;
	int tree = flags & DH_TREE ? SCOLS_FL_TREE : 0;
	int wrap = flags & DH_WRAP ? SCOLS_FL_WRAP : 0;
	struct libscols_column *column =
		scols_table_new_column(table, name, 0, right | tree | wrap);

	if (!column)
		return -ENOMEM;
	return wrap ? scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
						scols_wrapnl_nextchunk, NULL)
		    : 0;
}

/* Sets a cell. Breaks its text into lines of at most `width` columns, unless `width` is 0. */
static int set_cell(struct libscols_line *line, size_t column, const struct dh_cell *cell,
		    size_t width)
{
	char *text = format_human(cell);
	int ret;

	if (!text)
		return -ENOMEM;
	if (width)
		break_lines(text, width);
	ret = scols_line_refer_data(line, column, text);
	if (ret)
		free(text);
	else if (cell->alert)
		ret = scols_cell_set_color(scols_line_get_cell(line, column), "red");
	return ret;
}

/* Writes one line for each column: its heading and its value. */
static int write_record(FILE *out, const struct dh_style *style, const struct dh_section *section,
			size_t row, const struct dh_column *const *columns, size_t n)
{
	dh_auto(table) struct libscols_table *table = new_table(out, false, style->colour);
	size_t used = 0, width;

	for (size_t i = 0; i < n; i++)
		if (strlen(heading(columns[i])) >= used)
			used = strlen(heading(columns[i])) + 1;
	width = style->width > used ? style->width - used : 0;

	if (!table || add_column(table, "", 0) || add_column(table, "", DH_WRAP))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);
		struct dh_cell cell;

		if (!line || scols_line_set_data(line, 0, heading(columns[i])))
			return -ENOMEM;
		get_cell(section, columns[i], row, &cell);
		if (set_cell(line, 1, &cell, columns[i]->flags & DH_WRAP ? width : 0))
			return -ENOMEM;
	}
	/* scols_print_table() fails only if memory is exhausted. ferror() reports write errors. */
	if (n && scols_print_table(table))
		return -ENOMEM;
	return ferror(out) ? -EIO : 0;
}

static int write_records(FILE *out, const struct dh_style *style, const struct dh_section *section,
			 const struct dh_column *const *columns, size_t n)
{
	int ret = 0;

	for (size_t row = 0; row < section->n && !ret; row++) {
		if (row)
			fputc('\n', out);
		if (style->marked)
			fputc(DH_RECORD_MARK, out);
		ret = write_record(out, style, section, row, columns, n);
	}
	return ret;
}

/* Sets `widths` to the maximum width of the heading and the cells of each column. */
static int measure(const struct dh_section *section, const struct dh_column *const *columns,
		   size_t n, size_t *widths)
{
	for (size_t i = 0; i < n; i++)
		widths[i] = strlen(heading(columns[i]));
	for (size_t row = 0; row < section->n; row++) {
		for (size_t i = 0; i < n; i++) {
			dh_auto(free) char *text = NULL;
			struct dh_cell cell;
			size_t width;

			get_cell(section, columns[i], row, &cell);
			text = format_human(&cell);
			if (!text)
				return -ENOMEM;
			width = dh_text_width(text);
			if (columns[i]->flags & DH_TREE && is_child(section, row))
				width += strlen("|-");
			if (width > widths[i])
				widths[i] = width;
		}
	}
	return 0;
}

/*
 * If the table is wider than `limit`, narrows one column with DH_WRAP until the table fits. Returns
 * false if no such column can remain at least WRAP_MIN wide.
 */
static bool fit(const struct dh_column *const *columns, size_t n, size_t *widths, size_t limit)
{
	size_t total = n - 1; /* blanks between the columns */

	for (size_t i = 0; i < n; i++)
		total += widths[i];
	if (total <= limit)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (columns[i]->flags & DH_WRAP && widths[i] >= total - limit + WRAP_MIN) {
			widths[i] -= total - limit;
			return true;
		}
	}
	return false;
}

static int write_rows(FILE *out, const struct dh_style *style, const struct dh_section *section,
		      const struct dh_column *const *columns, size_t n)
{
	dh_auto(table) struct libscols_table *table =
		new_table(out, style->headings, style->colour);
	dh_auto(free) size_t *widths = calloc(n, sizeof(*widths));
	struct libscols_line *parent = NULL;

	if (!table || !widths)
		return -ENOMEM;
	if (style->width && measure(section, columns, n, widths))
		return -ENOMEM;
	if (style->width && !fit(columns, n, widths, style->width))
		return write_records(out, style, section, columns, n);
	for (size_t i = 0; i < n; i++)
		/*
		 * libsmartcols reserves the width of a heading even if it prints no headings, so
		 * pass "" instead.
		 */
		if (add_column(table, style->headings ? heading(columns[i]) : "",
			       columns[i]->flags))
			return -ENOMEM;

	for (size_t row = 0; row < section->n; row++) {
		bool child = is_child(section, row);
		struct libscols_line *line = scols_table_new_line(table, child ? parent : NULL);

		if (!line)
			return -ENOMEM;
		if (!child)
			parent = line;
		for (size_t i = 0; i < n; i++) {
			struct dh_cell cell;

			get_cell(section, columns[i], row, &cell);
			if (set_cell(line, i, &cell, columns[i]->flags & DH_WRAP ? widths[i] : 0))
				return -ENOMEM;
		}
	}
	if (section->n && scols_print_table(table))
		return -ENOMEM;
	return ferror(out) ? -EIO : 0;
}

static int write_section(FILE *out, const struct dh_style *style, const struct dh_section *section,
			 const char *spec)
{
	dh_auto(free) const struct dh_column **columns = NULL;
	size_t n;
	int ret;

	ret = dh_columns_choose(section->schema, spec, false, &columns, &n, NULL);
	if (ret)
		return ret;
	if (style->format == DH_FORMAT_RAW)
		return write_raw(out, style, section, columns, n);
	if (section->record && !section->n)
		return 0;
	return section->record && !section->line ? write_record(out, style, section, 0, columns, n)
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
