// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/columns.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"

void dh_cell_text(struct dh_cell *cell, const char *text)
{
	if (!text)
		return;
	cell->kind = DH_CELL_TEXT;
	cell->text = text;
}

void dh_cell_format(struct dh_cell *cell, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(cell->store, sizeof(cell->store), format, args);
	va_end(args);
	dh_cell_text(cell, cell->store);
}

void dh_cell_number(struct dh_cell *cell, enum dh_cell_kind kind, uint64_t number)
{
	cell->kind = kind;
	cell->number = number;
}

void dh_cell_list(struct dh_cell *cell, const char *text, const char *items, char separator)
{
	if (!text || !items)
		return;
	cell->kind = DH_CELL_LIST;
	cell->text = text;
	cell->items = items;
	cell->separator = separator;
}

void dh_cell_counts(struct dh_cell *cell, const char *text, const char *key)
{
	cell->kind = DH_CELL_COUNTS;
	cell->text = text;
	cell->key = key;
}

void dh_cell_maybe(struct dh_cell *cell, enum dh_cell_kind kind, struct dh_maybe number)
{
	if (number.known)
		dh_cell_number(cell, kind, number.value);
}

void dh_cell_nonempty(struct dh_cell *cell, const char *text)
{
	if (*text)
		dh_cell_text(cell, text);
}

void dh_cell_errno(struct dh_cell *cell, int error)
{
	if (error)
		dh_cell_format(cell, "%s", dh_errno_name(error));
}

void dh_column_get(const struct dh_column *column, const void *row, const void *context,
		   struct dh_cell *cell)
{
	const void *value = (const char *)row + column->offset;

	cell->kind = DH_CELL_ABSENT;
	cell->alert = false;
	if (column->get)
		column->get(row, context, cell);
	else if (column->type == DH_VALUE_TEXT)
		dh_cell_text(cell, *(const char *const *)value);
	else if (column->type == DH_VALUE_NUMBER)
		dh_cell_number(cell, column->kind, *(const uint64_t *)value);
	else if (column->type == DH_VALUE_BOOL)
		dh_cell_number(cell, column->kind, *(const bool *)value);
	else
		dh_cell_maybe(cell, column->kind, *(const struct dh_maybe *)value);
}

static bool is_name(const char *candidate, const char *name, size_t length)
{
	return strlen(candidate) == length && dh_text_same_letters(candidate, name, length);
}

static const struct dh_column *find(const struct dh_schema *schema, const char *name, size_t length)
{
	for (size_t i = 0; i < schema->n; i++) {
		const struct dh_column *column = &schema->columns[i];

		if (is_name(column->name, name, length) || is_name(column->key, name, length))
			return column;
	}
	return NULL;
}

static void add(const struct dh_column **chosen, size_t *n, const struct dh_column *column)
{
	for (size_t i = 0; i < *n; i++)
		if (chosen[i] == column)
			return;
	chosen[(*n)++] = column;
}

int dh_columns_choose(const struct dh_schema *schema, const char *spec, bool all,
		      const struct dh_column ***chosen, size_t *n, char unknown[64])
{
	dh_auto(free) const struct dh_column **columns = calloc(schema->n, sizeof(*columns));
	bool more = spec && *spec == '+';
	size_t count = 0;

	if (!columns)
		return -ENOMEM;
	for (size_t i = 0; i < schema->n && (!spec || more); i++)
		if (all || schema->columns[i].flags & DH_SHOWN)
			add(columns, &count, &schema->columns[i]);

	for (const char *name = spec ? spec + more : NULL; name;) {
		size_t length = strcspn(name, ",");
		const struct dh_column *column = find(schema, name, length);

		if (!column && unknown)
			snprintf(unknown, 64, "%.*s", (int)length, name);
		if (!column)
			return -EINVAL;
		add(columns, &count, column);
		name = name[length] ? name + length + 1 : NULL;
	}

	*chosen = dh_steal_ptr(columns);
	*n = count;
	return 0;
}
