// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/snapshot.h"

#include <errno.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/record.h"
#include "present/json.h"

static int put_number(struct json_object *object, const char *key, struct dh_maybe number)
{
	if (!number.known || number.value >= DH_SNAPSHOT_NUMBER_MAX)
		return json_object_object_add(object, key, NULL) ? -ENOMEM : 0;
	return dh_json_add(object, key, json_object_new_int64((int64_t)number.value));
}

static int put_truth(struct json_object *object, const char *key, bool truth)
{
	return dh_json_add(object, key, json_object_new_boolean(truth));
}

/* Escaped, since names may be anything and JSON is UTF-8. */
static int put_name(struct json_object *object, const char *key, const char *name)
{
	dh_auto(free) char *escaped = NULL;

	if (!name)
		return json_object_object_add(object, key, NULL) ? -ENOMEM : 0;
	escaped = dh_record_escape(name);
	return escaped ? dh_json_add(object, key, json_object_new_string(escaped)) : -ENOMEM;
}

/* Appends an empty object and returns it; the array owns it. NULL without memory. */
static struct json_object *append(struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	if (object && json_object_array_add(array, object)) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

/* An array under `key`, which the document owns. */
static int put_array(struct json_object *document, const char *key, struct json_object **array)
{
	*array = json_object_new_array();
	return dh_json_add(document, key, *array);
}

/* Number and count by turns. */
static int put_shares(struct json_object *object, const char *key, const struct dh_bucket *shares,
		      size_t n)
{
	struct json_object *array;
	int ret = put_array(object, key, &array);

	for (size_t i = 0; i < 2 * n && !ret; i++) {
		uint64_t count = shares[i / 2].count;
		struct json_object *value = json_object_new_int64(
			i % 2 ? (int64_t)(count < DH_SNAPSHOT_NUMBER_MAX
						  ? count
						  : DH_SNAPSHOT_NUMBER_MAX - 1)
			      : shares[i / 2].number);

		if (!value || json_object_array_add(array, value)) {
			json_object_put(value);
			ret = -ENOMEM;
		}
	}
	return ret;
}

static int put_accounts(struct json_object *array, const struct dh_snapshot *snapshot)
{
	int ret = 0;

	for (size_t i = 0; i < snapshot->n_accounts && !ret; i++) {
		const struct dh_account *account = &snapshot->accounts[i];
		struct json_object *object = append(array);

		ret = object ? put_name(object, "heap", account->heap) : -ENOMEM;
		if (!ret)
			ret = put_truth(object, "exporter", account->exporter);
		for (enum dh_figure j = 0; j < DH_FIGURES && !ret; j++)
			ret = put_number(object, dh_figure_key(j), account->figures[j]);
		if (!ret)
			ret = put_shares(object, "errnos", account->errnos, account->n_errnos);
		if (!ret)
			ret = put_shares(object, "latency", account->latency, account->n_latency);
	}
	return ret;
}

static int put_callsites(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_callsites; i++) {
		const struct dh_callsite *callsite = &snapshot->callsites[i];
		struct json_object *object = append(array);

		if (!object || put_name(object, "heap", callsite->heap) ||
		    put_name(object, "module", callsite->module) ||
		    put_name(object, "symbol", callsite->symbol) ||
		    put_number(object, "finds", callsite->finds) ||
		    put_number(object, "puts", callsite->puts) ||
		    put_number(object, "kallocs", callsite->kallocs))
			return -ENOMEM;
	}
	return 0;
}

static int put_misses(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_misses; i++) {
		struct json_object *object = append(array);

		if (!object || put_name(object, "name", snapshot->misses[i].name) ||
		    put_number(object, "count", snapshot->misses[i].count))
			return -ENOMEM;
	}
	return 0;
}

static int put_sights(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_exporters; i++) {
		const struct dh_exporter_count *use = &snapshot->exporters[i];
		struct json_object *object = append(array);

		if (!object || put_name(object, "exporter", use->exporter) ||
		    put_number(object, "buffers", dh_known(use->buffers)) ||
		    put_number(object, "bytes", dh_known(use->bytes)) ||
		    put_number(object, "unheld", dh_known(use->unheld)) ||
		    put_number(object, "unheld_bytes", dh_known(use->unheld_bytes)))
			return -ENOMEM;
	}
	return 0;
}

static int put_groups(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (enum dh_group i = 0; i < DH_GROUPS; i++) {
		struct json_object *value = json_object_new_boolean(snapshot->groups[i]);

		if (!value || json_object_array_add(array, value)) {
			json_object_put(value);
			return -ENOMEM;
		}
	}
	return 0;
}

static int put_list(struct json_object *document, const char *key,
		    int (*fill)(struct json_object *array, const struct dh_snapshot *snapshot),
		    const struct dh_snapshot *snapshot)
{
	struct json_object *array;
	int ret = put_array(document, key, &array);

	return ret ? ret : fill(array, snapshot);
}

static int put_truths(struct json_object *document, const struct dh_snapshot *snapshot)
{
	if (put_truth(document, "counted", snapshot->counted) ||
	    put_truth(document, "no_finds", snapshot->no_finds) ||
	    put_truth(document, "looked", snapshot->scanned) ||
	    put_truth(document, "listed", snapshot->listed) ||
	    put_truth(document, "partly", snapshot->scan_incomplete) ||
	    put_truth(document, "unnamed", snapshot->exporter_unknown) ||
	    put_truth(document, "unsettled", snapshot->buffers_changed))
		return -ENOMEM;
	return 0;
}

int dh_snapshot_write(FILE *out, const struct dh_snapshot *snapshot)
{
	dh_auto(json) struct json_object *document = json_object_new_object();
	const char *text;

	if (!document ||
	    dh_json_add(document, "snapshot", json_object_new_int(DH_SNAPSHOT_SCHEMA)) ||
	    put_name(document, "boot_id", snapshot->boot_id) ||
	    put_number(document, "loaded", snapshot->loaded) ||
	    put_number(document, "now", snapshot->now) ||
	    put_number(document, "reset", snapshot->reset) ||
	    put_number(document, "missed", snapshot->missed) || put_truths(document, snapshot) ||
	    put_list(document, "groups", put_groups, snapshot) ||
	    put_list(document, "accounts", put_accounts, snapshot) ||
	    put_list(document, "callsites", put_callsites, snapshot) ||
	    put_list(document, "misses", put_misses, snapshot) ||
	    put_list(document, "sights", put_sights, snapshot))
		return -ENOMEM;
	if (dh_json_text(document, JSON_C_TO_STRING_PRETTY, &text))
		return -ENOMEM;
	errno = 0;
	if (fputs(text, out) < 0 || fputc('\n', out) < 0 || fflush(out))
		return errno ? -errno : -EIO;
	return 0;
}
