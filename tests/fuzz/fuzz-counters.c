// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `accounting` and `inspect` read: the debug module's files, and saved snapshots. Built
 * for libFuzzer by tests/fuzz/run, once for each with DH_FUZZ naming it; with
 * DH_FUZZ_REPLAY a test that replays the corpus.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/debug.h"
#include "base/auto.h"
#include "base/record.h"
#include "discover/counters.h"
#include "model/balance.h"
#include "present/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int truth)
{
	if (!truth)
		abort();
}

/* The parsers take text that is ended, as files are read. */
static char *text_of(const char *data, size_t size)
{
	char *text = malloc(size + 1);

	need(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* What was parsed is sound: every reader of it can go through it. */
static void use(const struct dh_snapshot *snapshot)
{
	const struct dh_inventory none = { 0 };
	struct dh_snapshot grown = { 0 };
	struct dh_balance *rows = NULL;
	size_t n;

	need(!dh_balance_make(&none, NULL, snapshot, &rows, &n));
	need(n <= snapshot->n_accounts);
	free(rows);
	rows = NULL;
	need(!dh_balance_make(&none, snapshot, snapshot, &rows, &n));
	for (size_t i = 0; i < n; i++)
		need(!dh_balance_left(&rows[i].verdict));
	free(rows);
	need(!dh_snapshot_growth(snapshot, snapshot, &grown));
	dh_callsites_sort(grown.callsites, grown.n_callsites);
	dh_snapshot_clear(&grown);
}

__attribute__((unused)) static void fuzz_stats(const char *data, size_t size)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = { 0 };
	dh_auto(free) char *text = text_of(data, size);

	if (!dh_counters_parse_stats(text, &snapshot)) {
		need(snapshot.counted);
		use(&snapshot);
	}
}

__attribute__((unused)) static void fuzz_callsites(const char *data, size_t size)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = { 0 };
	dh_auto(free) char *text = text_of(data, size);

	if (!dh_counters_parse_callsites(text, &snapshot))
		use(&snapshot);
}

__attribute__((unused)) static void fuzz_probes(const char *data, size_t size)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = { 0 };
	dh_auto(free) char *text = text_of(data, size);

	(void)dh_counters_parse_probes(text, &snapshot);
}

__attribute__((unused)) static void fuzz_version(const char *data, size_t size)
{
	dh_auto(free) char *text = text_of(data, size);

	(void)dh_counters_parse_version(text);
}

__attribute__((unused)) static void fuzz_inspection(const char *data, size_t size)
{
	dh_auto(free) char *text = text_of(data, size);
	struct dh_inspection inspection = { 0 };

	if (!dh_debug_parse_inspection(text, &inspection))
		need(strlen(inspection.exporter) < sizeof(inspection.exporter));
}

/* What was read once and written is read again as the same. */
__attribute__((unused)) static void fuzz_snapshot(const char *data, size_t size)
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
	need(first.n_accounts == second.n_accounts && first.n_sights == second.n_sights);
	need(first.n_callsites == second.n_callsites && first.n_misses == second.n_misses);
	need(dh_snapshot_same_buffers(&first, &second));
}

#ifndef DH_FUZZ_REPLAY

#define PASTE(a, b) a##b
#define FUZZ(what)  PASTE(fuzz_, what)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FUZZ(DH_FUZZ)((const char *)data, size);
	return 0;
}

#else

#include <dirent.h>

#include "unit.h"

static void replay_file(const char *path, void (*fuzz)(const char *text, size_t size))
{
	dh_auto(file) FILE *file = fopen(path, "r");
	dh_auto(free) char *exact = NULL;
	char text[65536];
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, sizeof(text), file);
	/* In a block of its very size, so that a step beyond it is seen. */
	exact = malloc(size ? size : 1);
	assert_non_null(exact);
	memcpy(exact, text, size);
	fuzz(exact, size);
}

static void replay(const char *name, void (*fuzz)(const char *text, size_t size))
{
	const char *top = getenv("top_srcdir");
	dh_auto(dir) DIR *folder = NULL;
	struct dirent *entry;
	char path[4096];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top ? top : ".", name);
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s/%s", top ? top : ".", name,
			 entry->d_name);
		replay_file(path, fuzz);
		n++;
	}
	assert_true(n >= 5);
}

#define REPLAY(what)                          \
	static void test_##what(void **state) \
	{                                     \
		(void)state;                  \
		replay(#what, fuzz_##what);   \
	}

REPLAY(stats)
REPLAY(callsites)
REPLAY(probes)
REPLAY(version)
REPLAY(inspection)
REPLAY(snapshot)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stats),	   cmocka_unit_test(test_callsites),
		cmocka_unit_test(test_probes),	   cmocka_unit_test(test_version),
		cmocka_unit_test(test_inspection), cmocka_unit_test(test_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
