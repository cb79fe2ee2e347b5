// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/snapshot.h"

#include <errno.h>

#include "base/auto.h"
#include "base/record.h"
#include "present/json.h"

static int add_number(struct json_object *object, const char *key, struct dh_maybe number)
{
	if (!number.known || number.value >= DH_SNAPSHOT_NUMBER_MAX)
		return dh_json_add_null(object, key);
	return dh_json_add(object, key, json_object_new_int64((int64_t)number.value));
}

static int add_truth(struct json_object *object, const char *key, bool truth)
{
	return dh_json_add(object, key, json_object_new_boolean(truth));
}

/* Adds an escaped name: a name may contain any byte, but JSON requires UTF-8. */
static int add_name(struct json_object *object, const char *key, const char *name)
{
	dh_auto(free) char *escaped = NULL;

	if (!name)
		return dh_json_add_null(object, key);
	escaped = dh_record_escape(name);
	return escaped ? dh_json_add(object, key, json_object_new_string(escaped)) : -ENOMEM;
}

/* Appends a new object, which the array owns. Returns it, or NULL if memory is exhausted. */
static struct json_object *append_object(struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	return dh_json_append(array, object) ? NULL : object;
}

/* Adds an array of the form [number, count, number, count, ...]. */
static int add_buckets(struct json_object *object, const char *key, const struct dh_bucket *buckets,
		       size_t n)
{
	struct json_object *array = json_object_new_array();
	int ret = dh_json_add(object, key, array);

	for (size_t i = 0; i < n && !ret; i++) {
		uint64_t count = buckets[i].count;

		if (count >= DH_SNAPSHOT_NUMBER_MAX)
			count = DH_SNAPSHOT_NUMBER_MAX - 1;
		ret = dh_json_append(array, json_object_new_int64(buckets[i].number));
		if (!ret)
			ret = dh_json_append(array, json_object_new_int64((int64_t)count));
	}
	return ret;
}

static int add_accounts(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_accounts; i++) {
		const struct dh_account *account = &snapshot->accounts[i];
		struct json_object *object = append_object(array);

		if (!object || add_name(object, "heap", account->heap) ||
		    add_truth(object, "exporter", account->exporter))
			return -ENOMEM;
		for (enum dh_figure j = 0; j < DH_FIGURES; j++)
			if (add_number(object, dh_figure_key(j), account->figures[j]))
				return -ENOMEM;
		if (add_buckets(object, "errnos", account->errnos, account->n_errnos) ||
		    add_buckets(object, "latency", account->latency, account->n_latency))
			return -ENOMEM;
	}
	return 0;
}

static int add_callsites(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_callsites; i++) {
		const struct dh_callsite *callsite = &snapshot->callsites[i];
		struct json_object *object = append_object(array);

		if (!object || add_name(object, "heap", callsite->heap) ||
		    add_name(object, "module", callsite->module) ||
		    add_name(object, "symbol", callsite->symbol) ||
		    add_number(object, "finds", callsite->finds) ||
		    add_number(object, "puts", callsite->puts) ||
		    add_number(object, "kallocs", callsite->kallocs))
			return -ENOMEM;
	}
	return 0;
}

static int add_misses(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_misses; i++) {
		struct json_object *object = append_object(array);

		if (!object || add_name(object, "name", snapshot->misses[i].name) ||
		    add_number(object, "count", snapshot->misses[i].count))
			return -ENOMEM;
	}
	return 0;
}

static int add_exporters(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_exporters; i++) {
		const struct dh_exporter_count *count = &snapshot->exporters[i];
		struct json_object *object = append_object(array);

		if (!object || add_name(object, "exporter", count->exporter) ||
		    add_number(object, "buffers", dh_known(count->buffers)) ||
		    add_number(object, "bytes", dh_known(count->bytes)) ||
		    add_number(object, "unheld", dh_known(count->unheld)) ||
		    add_number(object, "unheld_bytes", dh_known(count->unheld_bytes)))
			return -ENOMEM;
	}
	return 0;
}

static int add_groups(struct json_object *array, const struct dh_snapshot *snapshot)
{
	for (enum dh_group i = 0; i < DH_GROUPS; i++)
		if (dh_json_append(array, json_object_new_boolean(snapshot->groups[i])))
			return -ENOMEM;
	return 0;
}

static int add_list(struct json_object *document, const char *key,
		    int (*add_elements)(struct json_object *array,
					const struct dh_snapshot *snapshot),
		    const struct dh_snapshot *snapshot)
{
	struct json_object *array = json_object_new_array();
	int ret = dh_json_add(document, key, array);

	return ret ? ret : add_elements(array, snapshot);
}

static int add_truths(struct json_object *document, const struct dh_snapshot *snapshot)
{
	if (add_truth(document, "counted", snapshot->counted) ||
	    add_truth(document, "no_finds", snapshot->no_finds) ||
	    add_truth(document, "looked", snapshot->scanned) ||
	    add_truth(document, "listed", snapshot->listed) ||
	    add_truth(document, "partly", snapshot->scan_incomplete) ||
	    add_truth(document, "unnamed", snapshot->exporter_unknown) ||
	    add_truth(document, "unsettled", snapshot->buffers_changed))
		return -ENOMEM;
	return 0;
}

int dh_snapshot_write(FILE *out, const struct dh_snapshot *snapshot)
{
	dh_auto(json) struct json_object *document = json_object_new_object();
	const char *text;

	if (!document ||
	    dh_json_add(document, "snapshot", json_object_new_int(DH_SNAPSHOT_SCHEMA)) ||
	    add_name(document, "boot_id", snapshot->boot_id) ||
	    add_number(document, "loaded", snapshot->loaded) ||
	    add_number(document, "now", snapshot->now) ||
	    add_number(document, "reset", snapshot->reset) ||
	    add_number(document, "missed", snapshot->missed) || add_truths(document, snapshot) ||
	    add_list(document, "groups", add_groups, snapshot) ||
	    add_list(document, "accounts", add_accounts, snapshot) ||
	    add_list(document, "callsites", add_callsites, snapshot) ||
	    add_list(document, "misses", add_misses, snapshot) ||
	    add_list(document, "sights", add_exporters, snapshot) ||
	    dh_json_text(document, JSON_C_TO_STRING_PRETTY, &text))
		return -ENOMEM;
	errno = 0;
	if (fputs(text, out) < 0 || fputc('\n', out) < 0 || fflush(out))
		return errno ? -errno : -EIO;
	return 0;
}
