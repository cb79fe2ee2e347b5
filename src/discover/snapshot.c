// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/snapshot.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/text.h"

#define FILE_SIZE_MAX ((size_t)2 << 20)

/*
 * Maximum number of bytes that json-c allocates for each byte of text. The worst case is "{}":
 * json-c allocates a table of 16 entries for these two bytes.
 */
#define ROOM_PER_BYTE 400
#define DEPTH_MAX     8

static void dh_auto_tokener(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* A key, and the destination of its value. Exactly one destination is set. */
struct field {
	const char *key;
	struct dh_maybe *number; /* unknown if the key is missing or null */
	bool *truth;
	char **text; /* unchanged if the value is null, else a copy that the caller frees */
};

static int get_field(struct json_object *object, const struct field *field)
{
	struct json_object *value = NULL;
	bool exists = json_object_object_get_ex(object, field->key, &value);
	int64_t integer;

	if (field->truth) {
		if (!exists || !json_object_is_type(value, json_type_boolean))
			return -EBADMSG;
		*field->truth = json_object_get_boolean(value);
		return 0;
	}
	if (field->text) {
		if (!exists || (value && !json_object_is_type(value, json_type_string)))
			return -EBADMSG;
		if (!value)
			return 0;
		if (dh_text_copy(field->text, json_object_get_string(value)))
			return -ENOMEM;
		return dh_record_unescape(*field->text);
	}
	*field->number = (struct dh_maybe){ 0 };
	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_int))
		return -EBADMSG;
	integer = json_object_get_int64(value);
	if (integer < 0 || integer == DH_SNAPSHOT_NUMBER_MAX)
		return -EBADMSG;
	*field->number = dh_known((uint64_t)integer);
	return 0;
}

/* Reads all `fields` of an object. The last element of `fields` has a NULL key. */
static int get_fields(struct json_object *object, const struct field *fields)
{
	int ret = 0;

	for (; fields->key && !ret; fields++)
		ret = get_field(object, fields);
	return ret;
}

static int get_buckets(struct json_object *object, const char *key, struct dh_bucket **buckets,
		       size_t *n)
{
	struct json_object *array = NULL;
	size_t length;

	if (!json_object_object_get_ex(object, key, &array) ||
	    !json_object_is_type(array, json_type_array))
		return -EBADMSG;
	length = (size_t)json_object_array_length(array);
	if (length > 2 * DH_RECORDS_MAX)
		return -EFBIG;
	if (length % 2)
		return -EBADMSG;
	for (size_t i = 0; i < length; i += 2) {
		struct json_object *number = json_object_array_get_idx(array, i);
		struct json_object *count = json_object_array_get_idx(array, i + 1);

		if (!json_object_is_type(number, json_type_int) ||
		    !json_object_is_type(count, json_type_int) ||
		    json_object_get_int64(number) < -1 || json_object_get_int64(number) > INT_MAX ||
		    json_object_get_int64(count) < 0)
			return -EBADMSG;
		if (dh_buckets_add(buckets, n, (int)json_object_get_int64(number),
				   (uint64_t)json_object_get_int64(count)))
			return -ENOMEM;
	}
	return 0;
}

static int get_account(struct json_object *object, struct dh_snapshot *snapshot)
{
	struct dh_account *account = dh_array_add(&snapshot->accounts, &snapshot->n_accounts);
	int ret;

	if (!account)
		return -ENOMEM;
	ret = get_fields(object, (const struct field[]){
					 { .key = "heap", .text = &account->heap },
					 { .key = "exporter", .truth = &account->exporter },
					 { 0 },
				 });
	/* The search returns the first account of the heap. */
	if (!ret && dh_snapshot_account(snapshot, account->heap) != account)
		ret = -EBADMSG;
	for (enum dh_figure i = 0; i < DH_FIGURES && !ret; i++)
		ret = get_field(object, &(struct field){ .key = dh_figure_key(i),
							 .number = &account->figures[i] });
	if (!ret)
		ret = get_buckets(object, "errnos", &account->errnos, &account->n_errnos);
	if (!ret)
		ret = get_buckets(object, "latency", &account->latency, &account->n_latency);
	return ret;
}

static int get_callsite(struct json_object *object, struct dh_snapshot *snapshot)
{
	struct dh_callsite *callsite = dh_array_add(&snapshot->callsites, &snapshot->n_callsites);

	if (!callsite)
		return -ENOMEM;
	return get_fields(object, (const struct field[]){
					  { .key = "heap", .text = &callsite->heap },
					  { .key = "module", .text = &callsite->module },
					  { .key = "symbol", .text = &callsite->symbol },
					  { .key = "finds", .number = &callsite->finds },
					  { .key = "puts", .number = &callsite->puts },
					  { .key = "kallocs", .number = &callsite->kallocs },
					  { 0 },
				  });
}

static int get_miss(struct json_object *object, struct dh_snapshot *snapshot)
{
	struct dh_miss *miss = dh_array_add(&snapshot->misses, &snapshot->n_misses);

	if (!miss)
		return -ENOMEM;
	return get_fields(object, (const struct field[]){
					  { .key = "name", .text = &miss->name },
					  { .key = "count", .number = &miss->count },
					  { 0 },
				  });
}

static int get_exporter_use(struct json_object *object, struct dh_snapshot *snapshot)
{
	struct dh_maybe buffers, bytes, unheld, unheld_bytes;
	dh_auto(free) char *exporter = NULL;
	const struct field fields[] = {
		{ .key = "exporter", .text = &exporter },
		{ .key = "buffers", .number = &buffers },
		{ .key = "bytes", .number = &bytes },
		{ .key = "unheld", .number = &unheld },
		{ .key = "unheld_bytes", .number = &unheld_bytes },
		{ 0 },
	};
	struct dh_exporter_count *use;
	int ret = get_fields(object, fields);

	if (ret)
		return ret;
	if (!exporter || !buffers.known || !bytes.known || !unheld.known || !unheld_bytes.known ||
	    dh_snapshot_exporter(snapshot, exporter))
		return -EBADMSG;
	use = dh_array_add(&snapshot->exporters, &snapshot->n_exporters);
	if (!use)
		return -ENOMEM;
	*use = (struct dh_exporter_count){ dh_steal_ptr(exporter), buffers.value, bytes.value,
					   unheld.value, unheld_bytes.value };
	return 0;
}

static int get_list(struct json_object *document, const char *key,
		    int (*get)(struct json_object *object, struct dh_snapshot *snapshot),
		    struct dh_snapshot *snapshot)
{
	struct json_object *array = NULL;
	int ret = 0;

	if (!json_object_object_get_ex(document, key, &array) ||
	    !json_object_is_type(array, json_type_array))
		return -EBADMSG;
	if (json_object_array_length(array) > DH_RECORDS_MAX)
		return -EFBIG;
	for (size_t i = 0; i < (size_t)json_object_array_length(array) && !ret; i++) {
		struct json_object *object = json_object_array_get_idx(array, i);

		ret = json_object_is_type(object, json_type_object) ? get(object, snapshot)
								    : -EBADMSG;
	}
	return ret;
}

/* Reads the groups, and ignores any groups that a newer version of the tool appended. */
static int get_groups(struct json_object *document, struct dh_snapshot *snapshot)
{
	struct json_object *array = NULL;

	if (!json_object_object_get_ex(document, "groups", &array) ||
	    !json_object_is_type(array, json_type_array))
		return -EBADMSG;
	for (size_t i = 0; i < (size_t)json_object_array_length(array) && i < DH_GROUPS; i++) {
		struct json_object *value = json_object_array_get_idx(array, i);

		if (!json_object_is_type(value, json_type_boolean))
			return -EBADMSG;
		snapshot->groups[i] = json_object_get_boolean(value);
	}
	return 0;
}

static int get_snapshot(struct json_object *document, struct dh_snapshot *snapshot)
{
	struct dh_maybe schema;
	dh_auto(free) char *boot_id = NULL;
	const struct field fields[] = {
		{ .key = "boot_id", .text = &boot_id },
		{ .key = "loaded", .number = &snapshot->loaded },
		{ .key = "now", .number = &snapshot->now },
		{ .key = "reset", .number = &snapshot->reset },
		{ .key = "missed", .number = &snapshot->missed },
		{ .key = "counted", .truth = &snapshot->counted },
		{ .key = "no_finds", .truth = &snapshot->no_finds },
		{ .key = "looked", .truth = &snapshot->scanned },
		{ .key = "listed", .truth = &snapshot->listed },
		{ .key = "partly", .truth = &snapshot->scan_incomplete },
		{ .key = "unnamed", .truth = &snapshot->exporter_unknown },
		{ .key = "unsettled", .truth = &snapshot->buffers_changed },
		{ 0 },
	};
	int ret;

	if (!json_object_is_type(document, json_type_object) ||
	    get_field(document, &(struct field){ .key = "snapshot", .number = &schema }) ||
	    !schema.known)
		return -EBADMSG;
	if (schema.value != DH_SNAPSHOT_SCHEMA)
		return -EPROTO;

	ret = get_fields(document, fields);
	if (!ret && (!boot_id || strlen(boot_id) >= sizeof(snapshot->boot_id)))
		ret = -EBADMSG;
	if (!ret)
		strcpy(snapshot->boot_id, boot_id);
	if (!ret)
		ret = get_groups(document, snapshot);
	if (!ret)
		ret = get_list(document, "accounts", get_account, snapshot);
	if (!ret)
		ret = get_list(document, "callsites", get_callsite, snapshot);
	if (!ret)
		ret = get_list(document, "misses", get_miss, snapshot);
	if (!ret)
		ret = get_list(document, "sights", get_exporter_use, snapshot);
	return ret;
}

/*
 * Reads `in` to its end. Returns 0; -EFBIG if the text exceeds FILE_SIZE_MAX; or another -errno.
 * The caller frees `*text`, even after an error.
 */
static int read_text(FILE *in, char **text, size_t *length)
{
	*text = malloc(FILE_SIZE_MAX + 1);
	if (!*text)
		return -ENOMEM;
	errno = 0;
	*length = fread(*text, 1, FILE_SIZE_MAX + 1, in);
	if (ferror(in))
		return errno ? -errno : -EIO;
	return *length > FILE_SIZE_MAX ? -EFBIG : 0;
}

int dh_snapshot_read(FILE *in, struct dh_snapshot *snapshot)
{
	dh_auto(tokener) struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	dh_auto(free) char *text = NULL;
	struct json_object *document;
	size_t length;
	int ret;

	if (!tokener)
		return -ENOMEM;
	ret = read_text(in, &text, &length);
	if (ret)
		return ret;
	/* Remove white space after the document: the strict parser rejects any text there. */
	while (length && strchr(" \t\r\n", text[length - 1]) && text[length - 1])
		length--;
	/* json-c would stop at a NUL, and ignore the rest. */
	if (memchr(text, '\0', length))
		return -EBADMSG;
	ret = dh_memory_check(ROOM_PER_BYTE * length);
	if (ret)
		return ret;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	document = json_tokener_parse_ex(tokener, text, (int)length);
	ret = json_tokener_get_error(tokener) == json_tokener_success
		      ? get_snapshot(document, snapshot)
		      : -EBADMSG;
	json_object_put(document);
	return ret;
}
