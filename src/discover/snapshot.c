// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/snapshot.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/text.h"

#define FILE_SIZE_MAX ((size_t)2 << 20)

/* What json-c takes at most for a byte of text: a table of 16 entries for "{}". */
#define ROOM_PER_BYTE 400
#define DEPTH_MAX     8

static void dh_auto_tokener(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* What is null, or not there, is unknown. */
static int get_number(struct json_object *object, const char *key, struct dh_maybe *number)
{
	struct json_object *value = NULL;
	int64_t integer;

	*number = (struct dh_maybe){ 0 };
	if (!json_object_object_get_ex(object, key, &value) || !value)
		return 0;
	if (!json_object_is_type(value, json_type_int))
		return -EBADMSG;
	integer = json_object_get_int64(value);
	if (integer < 0 || integer == DH_SNAPSHOT_NUMBER_MAX)
		return -EBADMSG;
	*number = dh_known((uint64_t)integer);
	return 0;
}

static int get_truth(struct json_object *object, const char *key, bool *truth)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_boolean))
		return -EBADMSG;
	*truth = json_object_get_boolean(value);
	return 0;
}

static int get_name(struct json_object *object, const char *key, char **name)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value))
		return -EBADMSG;
	if (!value)
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return -EBADMSG;
	if (dh_text_copy(name, json_object_get_string(value)))
		return -ENOMEM;
	return dh_record_unescape(*name);
}

static int get_shares(struct json_object *object, const char *key, struct dh_bucket **shares,
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
		if (dh_buckets_add(shares, n, (int)json_object_get_int64(number),
				   (uint64_t)json_object_get_int64(count)))
			return -ENOMEM;
	}
	return 0;
}

static int get_account(struct json_object *object, struct dh_snapshot *snapshot)
{
	struct dh_account *account;
	char *heap = NULL;
	int ret = get_name(object, "heap", &heap);

	if (!ret && dh_snapshot_account(snapshot, heap))
		ret = -EBADMSG;
	account = ret ? NULL : dh_snapshot_add_account(snapshot);
	if (!account) {
		free(heap);
		return ret ? ret : -ENOMEM;
	}
	account->heap = heap;
	ret = get_truth(object, "exporter", &account->exporter);
	for (enum dh_figure i = 0; i < DH_FIGURES && !ret; i++)
		ret = get_number(object, dh_figure_key(i), &account->figures[i]);
	if (!ret)
		ret = get_shares(object, "errnos", &account->errnos, &account->n_errnos);
	if (!ret)
		ret = get_shares(object, "latency", &account->latency, &account->n_latency);
	return ret;
}

static int get_callsite(struct json_object *object, struct dh_snapshot *snapshot)
{
	struct dh_callsite *callsite = dh_snapshot_add_callsite(snapshot);
	int ret = callsite ? get_name(object, "heap", &callsite->heap) : -ENOMEM;

	if (!ret)
		ret = get_name(object, "module", &callsite->module);
	if (!ret)
		ret = get_name(object, "symbol", &callsite->symbol);
	if (!ret)
		ret = get_number(object, "finds", &callsite->finds);
	if (!ret)
		ret = get_number(object, "puts", &callsite->puts);
	if (!ret)
		ret = get_number(object, "kallocs", &callsite->kallocs);
	return ret;
}

static int get_miss(struct json_object *object, struct dh_snapshot *snapshot)
{
	struct dh_miss *miss = dh_snapshot_add_miss(snapshot);
	int ret = miss ? get_name(object, "name", &miss->name) : -ENOMEM;

	return ret ? ret : get_number(object, "count", &miss->count);
}

static int get_sight(struct json_object *object, struct dh_snapshot *snapshot)
{
	struct dh_maybe buffers, bytes, unheld, unheld_bytes;
	char *exporter = NULL;
	struct dh_exporter_count *use;
	int ret = get_name(object, "exporter", &exporter);

	if (!ret)
		ret = get_number(object, "buffers", &buffers);
	if (!ret)
		ret = get_number(object, "bytes", &bytes);
	if (!ret)
		ret = get_number(object, "unheld", &unheld);
	if (!ret)
		ret = get_number(object, "unheld_bytes", &unheld_bytes);
	if (!ret && (!exporter || !buffers.known || !bytes.known || !unheld.known ||
		     !unheld_bytes.known || dh_snapshot_exporter(snapshot, exporter)))
		ret = -EBADMSG;
	if (!ret)
		ret = dh_snapshot_add_buffer(snapshot, exporter, true, bytes.value);
	if (!ret) {
		use = &snapshot->exporters[snapshot->n_exporters - 1];
		use->buffers = buffers.value;
		use->unheld = unheld.value;
		use->unheld_bytes = unheld_bytes.value;
	}
	free(exporter);
	return ret;
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

/* A later version of the tool may know more groups, at the end. */
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

static int get_truths(struct json_object *document, struct dh_snapshot *snapshot)
{
	if (get_truth(document, "counted", &snapshot->counted) ||
	    get_truth(document, "no_finds", &snapshot->no_finds) ||
	    get_truth(document, "looked", &snapshot->scanned) ||
	    get_truth(document, "listed", &snapshot->listed) ||
	    get_truth(document, "partly", &snapshot->scan_incomplete) ||
	    get_truth(document, "unnamed", &snapshot->exporter_unknown) ||
	    get_truth(document, "unsettled", &snapshot->buffers_changed))
		return -EBADMSG;
	return 0;
}

static int get_boot_id(struct json_object *document, struct dh_snapshot *snapshot)
{
	dh_auto(free) char *boot_id = NULL;
	int ret = get_name(document, "boot_id", &boot_id);

	if (ret || !boot_id || strlen(boot_id) >= sizeof(snapshot->boot_id))
		return ret ? ret : -EBADMSG;
	strcpy(snapshot->boot_id, boot_id);
	return 0;
}

static int get_all(struct json_object *document, struct dh_snapshot *snapshot)
{
	struct dh_maybe schema;
	int ret;

	if (!json_object_is_type(document, json_type_object))
		return -EBADMSG;
	ret = get_number(document, "snapshot", &schema);
	if (ret || !schema.known)
		return -EBADMSG;
	if (schema.value != DH_SNAPSHOT_SCHEMA)
		return -EPROTO;

	ret = get_boot_id(document, snapshot);
	if (ret)
		return ret;
	if (get_number(document, "loaded", &snapshot->loaded) ||
	    get_number(document, "now", &snapshot->now) ||
	    get_number(document, "reset", &snapshot->reset) ||
	    get_number(document, "missed", &snapshot->missed) || get_truths(document, snapshot))
		return -EBADMSG;
	ret = get_groups(document, snapshot);
	if (!ret)
		ret = get_list(document, "accounts", get_account, snapshot);
	if (!ret)
		ret = get_list(document, "callsites", get_callsite, snapshot);
	if (!ret)
		ret = get_list(document, "misses", get_miss, snapshot);
	if (!ret)
		ret = get_list(document, "sights", get_sight, snapshot);
	return ret;
}

/* The whole of `in`, which the caller frees. */
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
	/* What follows the document has to be blank. */
	while (length && strchr(" \t\r\n", text[length - 1]) && text[length - 1])
		length--;
	/* json-c takes a NUL for the end. */
	if (memchr(text, '\0', length))
		return -EBADMSG;
	ret = dh_memory_check(ROOM_PER_BYTE * length);
	if (ret)
		return ret;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	document = json_tokener_parse_ex(tokener, text, (int)length);
	ret = json_tokener_get_error(tokener) == json_tokener_success ? get_all(document, snapshot)
								      : -EBADMSG;
	json_object_put(document);
	return ret;
}
