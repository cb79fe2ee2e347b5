// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"

/* Version of the JSON output. Increase it if a key is removed or changes its meaning. */
#define SCHEMA_VERSION 1

/*
 * Returns `text` as a JSON string, or NULL if memory is exhausted. In text that is not UTF-8, each
 * byte outside ASCII becomes \xNN. A backslash always becomes \x5c, so the byte 0xff differs from
 * the four characters \xff.
 */
static struct json_object *text_object(const char *text)
{
	bool utf8 = dh_text_is_utf8(text);
	dh_auto(free) char *escaped = NULL;
	char *end;

	if (utf8 && !strchr(text, '\\'))
		return json_object_new_string(text);
	escaped = end = malloc(4 * strlen(text) + 1);
	if (!escaped)
		return NULL;
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte != '\\' && (utf8 || byte < 0x80))
			*end++ = *text;
		else
			end = dh_text_escape_byte(end, byte);
	}
	*end = '\0';
	return json_object_new_string(escaped);
}

int dh_json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, key, value)) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

/* json-c represents the value null as a NULL pointer, which dh_json_add() rejects. */
int dh_json_add_null(struct json_object *object, const char *key)
{
	return json_object_object_add(object, key, NULL) ? -ENOMEM : 0;
}

int dh_json_append(struct json_object *array, struct json_object *value)
{
	if (value && !json_object_array_add(array, value))
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

/* Returns the object for one "KEY:COUNT", or NULL if memory is exhausted. */
static struct json_object *count_object(const char *item, const char *key)
{
	dh_auto(json) struct json_object *object = json_object_new_object();
	const char *colon = strrchr(item, ':');
	dh_auto(free) char *name = colon ? strndup(item, (size_t)(colon - item)) : NULL;
	char *end;
	uint64_t number;
	int ret;

	if (!object || !name)
		return NULL;
	number = strtoull(name, &end, 10);
	ret = dh_json_add(object, key, *end ? text_object(name) : json_object_new_uint64(number));
	if (!ret)
		ret = dh_json_add(object, "count",
				  json_object_new_uint64(strtoull(colon + 1, NULL, 10)));
	return ret ? NULL : dh_steal_ptr(object);
}

/* Appends an item of a DH_CELL_LIST. Returns 0 or -ENOMEM. */
static int append_item(struct json_object *array, const char *text)
{
	if (strcmp(text, "-"))
		return dh_json_append(array, text_object(text));
	return json_object_array_add(array, NULL) ? -ENOMEM : 0;
}

/* Returns the array of a DH_CELL_LIST or DH_CELL_COUNTS, or NULL if memory is exhausted. */
static struct json_object *list_array(const struct dh_cell *cell)
{
	dh_auto(json) struct json_object *array = json_object_new_array();
	bool counts = cell->kind == DH_CELL_COUNTS;
	const char *item = counts ? cell->text : cell->items;
	char separator = counts ? ',' : cell->separator;

	while (array && *item) {
		const char *end = strchrnul(item, separator);
		dh_auto(free) char *text = strndup(item, (size_t)(end - item));

		if (!text || (counts ? dh_json_append(array, count_object(text, cell->key))
				     : append_item(array, text)))
			return NULL;
		item = end + (*end != '\0');
	}
	return dh_steal_ptr(array);
}

static int add_cell(struct json_object *object, const char *key, const struct dh_cell *cell)
{
	switch (cell->kind) {
	case DH_CELL_TEXT:
		return dh_json_add(object, key, text_object(cell->text));
	case DH_CELL_BYTES:
	case DH_CELL_COUNT:
	case DH_CELL_DURATION:
	case DH_CELL_RATE:
		return dh_json_add(object, key, json_object_new_uint64(cell->number));
	case DH_CELL_CHANGE:
	case DH_CELL_BYTES_CHANGE:
		return dh_json_add(object, key, json_object_new_int64((int64_t)cell->number));
	case DH_CELL_TRUTH:
		return dh_json_add(object, key, json_object_new_boolean(cell->number != 0));
	case DH_CELL_LIST:
	case DH_CELL_COUNTS:
		return dh_json_add(object, key, list_array(cell));
	case DH_CELL_ABSENT:
		break;
	}
	return dh_json_add_null(object, key);
}

/* Returns the object of a row, or NULL if memory is exhausted. */
static struct json_object *row_object(const struct dh_section *section,
				      const struct dh_column *const *columns, size_t n, size_t row)
{
	dh_auto(json) struct json_object *object = json_object_new_object();
	const char *record = (const char *)section->rows + row * section->stride;

	for (size_t i = 0; i < n && object; i++) {
		struct dh_cell cell;

		dh_column_get(columns[i], record, section->context, &cell);
		if (add_cell(object, columns[i]->key, &cell))
			return NULL;
	}
	return dh_steal_ptr(object);
}

static int add_section(struct json_object *document, const struct dh_section *section,
		       const char *spec)
{
	dh_auto(free) const struct dh_column **columns = NULL;
	const char *key = section->schema->key;
	struct json_object *array;
	size_t n;
	int ret = dh_columns_choose(section->schema, spec, true, &columns, &n, NULL);

	if (ret)
		return ret;
	if (section->record && !section->n)
		return dh_json_add_null(document, key);
	if (section->record)
		return dh_json_add(document, key, row_object(section, columns, n, 0));

	array = json_object_new_array();
	ret = dh_json_add(document, key, array);
	for (size_t row = 0; row < section->n && !ret; row++)
		ret = dh_json_append(array, row_object(section, columns, n, row));
	return ret;
}

/* Decodes one character outside ASCII from well-formed UTF-8. Returns its length in bytes. */
static size_t decode(const char *text, uint32_t *character)
{
	unsigned char first = (unsigned char)*text;
	size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

	*character = first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++)
		*character = *character << 6 | ((unsigned char)text[i] & 0x3f);
	return length;
}

/*
 * Writes characters outside ASCII, and DEL, as \uNNNN: terminals interpret some of them, such as C1
 * controls and bidirectional overrides. JSON contains these characters only inside strings, where
 * both forms are equivalent.
 */
static void write_ascii(FILE *out, const char *text)
{
	while (*text) {
		size_t plain = 0;
		uint32_t character;

		while (text[plain] && (unsigned char)text[plain] < 0x7f)
			plain++;
		fwrite(text, 1, plain, out);
		text += plain;
		if (!*text)
			break;
		if (*text == 0x7f) {
			character = 0x7f;
			text++;
		} else {
			text += decode(text, &character);
		}
		if (character >= 0x10000) {
			character -= 0x10000;
			fprintf(out, "\\u%04" PRIx32, 0xd800 + (character >> 10));
			character = 0xdc00 + (character & 0x3ff);
		}
		fprintf(out, "\\u%04" PRIx32, character);
	}
	fputc('\n', out);
}

/*
 * Returns an upper bound on the size of the JSON text in bytes. Escaping turns a byte into at most
 * six (\u001b).
 */
static size_t text_bound(struct json_object *object, size_t depth)
{
	size_t bound = 2 * depth + 64;

	switch (json_object_get_type(object)) {
	case json_type_object: {
		json_object_object_foreach (object, key, value)
			bound += 6 * strlen(key) + text_bound(value, depth + 1);
		return bound;
	}
	case json_type_array:
		for (size_t i = 0; i < (size_t)json_object_array_length(object); i++)
			bound += text_bound(json_object_array_get_idx(object, i), depth + 1);
		return bound;
	case json_type_string:
		return bound + 6 * (size_t)json_object_get_string_len(object);
	default:
		return bound;
	}
}

int dh_json_text(struct json_object *document, int flags, const char **text)
{
	/*
	 * json-c silently drops text if an allocation fails, so check the memory first. The factor
	 * 4 covers the growth of json-c's buffer.
	 */
	int ret = dh_memory_check(4 * text_bound(document, 0));

	if (ret)
		return ret;
	*text = json_object_to_json_string_ext(document, flags | JSON_C_TO_STRING_NOSLASHESCAPE);
	return *text ? 0 : -ENOMEM;
}

static int add_text(struct json_object *object, const char *key, const char *text)
{
	return text && *text ? dh_json_add(object, key, text_object(text))
			     : dh_json_add_null(object, key);
}

static int add_kernel(struct json_object *document, const struct dh_origin *origin)
{
	struct json_object *kernel = json_object_new_object();

	if (dh_json_add(document, "kernel", kernel) ||
	    add_text(kernel, "release", origin->release) ||
	    add_text(kernel, "machine", origin->machine))
		return -ENOMEM;
	if (!origin->page_size.known)
		return dh_json_add_null(kernel, "page_size");
	return dh_json_add(kernel, "page_size", json_object_new_uint64(origin->page_size.value));
}

static int add_origin(struct json_object *document, const struct dh_origin *origin)
{
	if (add_text(document, "tool", PACKAGE_VERSION) ||
	    add_text(document, "host", origin->host) || add_kernel(document, origin) ||
	    add_text(document, "boot_id", origin->boot_id) ||
	    add_text(document, "time", origin->time) ||
	    add_text(document, "command", origin->command))
		return -ENOMEM;
	return dh_json_add(document, "interrupted", json_object_new_boolean(0));
}

static int add_error(struct json_object *document, const struct dh_error *error)
{
	struct json_object *object = json_object_new_object();

	if (dh_json_add(document, "error", object) ||
	    dh_json_add(object, "status", json_object_new_int(error->status)) ||
	    add_text(object, "code", error->code) || add_text(object, "subject", error->subject) ||
	    add_text(object, "stage", error->stage) || add_text(object, "message", error->message))
		return -ENOMEM;
	return add_text(object, "hint", error->hint);
}

int dh_json_begin(const struct dh_style *style, const struct dh_origin *origin,
		  const struct dh_section *sections, size_t n, struct json_object **document)
{
	dh_auto(json) struct json_object *object = json_object_new_object();
	int ret;

	if (!object)
		return -ENOMEM;
	ret = dh_json_add(object, "schema", json_object_new_int(SCHEMA_VERSION));
	if (!ret && origin)
		ret = add_origin(object, origin);
	for (size_t i = 0; i < n && !ret; i++)
		ret = add_section(object, &sections[i], i ? NULL : style->columns);
	if (!ret)
		*document = dh_steal_ptr(object);
	return ret;
}

int dh_json_end(FILE *out, const struct dh_style *style, const struct dh_error *error,
		bool interrupted, struct json_object *document)
{
	dh_auto(json) struct json_object *object = document;
	const char *text;
	int ret = error ? add_error(object, error) : 0;

	if (!ret && interrupted)
		ret = dh_json_add(object, "interrupted", json_object_new_boolean(1));
	if (!ret)
		ret = dh_json_text(
			object, style->one_line ? JSON_C_TO_STRING_PLAIN : JSON_C_TO_STRING_PRETTY,
			&text);
	if (ret)
		return ret;
	write_ascii(out, text);
	return ferror(out) ? -EIO : 0;
}
