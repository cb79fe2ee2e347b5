// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz targets for the input of accounting and inspect: the files of dmaheap_debug, saved
 * snapshots, and the answers of dmaheap_client.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dmaheap_debug.h"

#include "action/client.h"
#include "base/auto.h"
#include "base/record.h"
#include "discover/debug.h"
#include "discover/snapshot.h"
#include "model/balance.h"
#include "present/snapshot.h"

/* Returns `before`, the data and a NUL byte, which the parsers need. The caller frees the text. */
static char *text_of(const char *before, const char *data, size_t size)
{
	char *text = malloc(strlen(before) + size + 1), *end;

	need(text != NULL);
	end = mempcpy(stpcpy(text, before), data, size);
	*end = '\0';
	return text;
}

/* Aborts if a function of src/model fails for the snapshot or returns an inconsistent result. */
static void use(const struct dh_snapshot *snapshot)
{
	const struct dh_inventory none = { 0 };
	struct dh_snapshot growth = { 0 };
	struct dh_balance *rows = NULL;
	size_t n;

	need(!dh_balance_make(&none, NULL, snapshot, &rows, &n));
	need(n <= snapshot->n_accounts);
	free(rows);
	rows = NULL;
	need(!dh_balance_make(&none, snapshot, snapshot, &rows, &n));
	for (size_t i = 0; i < n; i++)
		need(!dh_balance_leaks(&rows[i].verdict));
	free(rows);
	need(!dh_snapshot_growth(snapshot, snapshot, &growth));
	dh_callsites_sort(growth.callsites, growth.n_callsites);
	dh_snapshot_clear(&growth);
}

/* Parses `before`, followed by the data, as the files of dmaheap_debug. */
static void fuzz_files(const char *before, const char *data, size_t size)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = { 0 };
	dh_auto(free) char *text = text_of(before, data, size);

	if (!dh_debug_parse(text, &snapshot)) {
		need(snapshot.counted);
		use(&snapshot);
	}
}

static void fuzz_stats(const char *data, size_t size)
{
	fuzz_files("", data, size);
}

static void fuzz_callsites(const char *data, size_t size)
{
	fuzz_files("stats loaded=1\n", data, size);
}

static void fuzz_probes(const char *data, size_t size)
{
	fuzz_files("stats loaded=1\n", data, size);
}

static void fuzz_version(const char *data, size_t size)
{
	dh_auto(free) char *text = text_of("", data, size);

	(void)dh_record_version(text, DMAHEAP_DEBUG_REC_VERSION, DMAHEAP_DEBUG_MAJOR);
}

static void fuzz_inspection(const char *data, size_t size)
{
	dh_auto(free) char *text = text_of("", data, size);
	struct dh_inspection inspection = { 0 };

	if (!dh_client_parse_inspection(text, &inspection))
		need(strlen(inspection.exporter) < sizeof(inspection.exporter));
}

/* Writes the parsed snapshot, reads it again and compares the two snapshots. */
static void fuzz_snapshot(const char *data, size_t size)
{
	dh_auto(snapshot) struct dh_snapshot first = { 0 };
	dh_auto(snapshot) struct dh_snapshot second = { 0 };
	dh_auto(free) char *written = NULL;
	dh_auto(file) FILE *in = size ? fmemopen((void *)data, size, "r") : NULL;
	dh_auto(file) FILE *again = NULL;
	size_t length;
	FILE *out;

	if (!in || dh_snapshot_read(in, &first))
		return;
	use(&first);
	out = open_memstream(&written, &length);
	need(out != NULL);
	need(!dh_snapshot_write(out, &first));
	need(!fclose(out));
	again = fmemopen(written, length, "r");
	need(again != NULL);
	need(!dh_snapshot_read(again, &second));
	need(first.n_accounts == second.n_accounts && first.n_exporters == second.n_exporters);
	need(first.n_callsites == second.n_callsites && first.n_misses == second.n_misses);
	need(dh_snapshot_same_buffers(&first, &second));
}

const struct fuzz_target fuzz_targets[] = {
	{ "stats", fuzz_stats },
	{ "callsites", fuzz_callsites },
	{ "probes", fuzz_probes },
	{ "version", fuzz_version },
	{ "inspection", fuzz_inspection },
	{ "snapshot", fuzz_snapshot },
	{ 0 },
};
