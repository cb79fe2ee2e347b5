// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "discover/snapshot.h"
#include "model/snapshot.h"
#include "present/snapshot.h"

static void add_account(struct dh_snapshot *snapshot, const char *heap, uint64_t live)
{
	struct dh_account *account = dh_array_add(&snapshot->accounts, &snapshot->n_accounts);

	assert_non_null(account);
	account->heap = heap ? strdup(heap) : NULL;
	account->figures[DH_FIGURE_live] = dh_known(live);
}

static void add_callsite(struct dh_snapshot *snapshot, const char *symbol, uint64_t finds,
			 uint64_t puts)
{
	struct dh_callsite *callsite = dh_array_add(&snapshot->callsites, &snapshot->n_callsites);

	assert_non_null(callsite);
	callsite->heap = strdup("system");
	callsite->module = strdup("driver");
	callsite->symbol = strdup(symbol);
	callsite->finds = dh_known(finds);
	callsite->puts = dh_known(puts);
}

TEST(difference_with_an_unknown_number_is_unknown)
{
	const struct dh_maybe unknown = { 0 };

	assert_int_equal(dh_minus(dh_known(5), dh_known(3)).value, 2);
	assert_true(dh_minus(dh_known(3), dh_known(3)).known);
	assert_false(dh_minus(dh_known(3), dh_known(5)).known);
	assert_false(dh_minus(dh_known(3), unknown).known);
	assert_false(dh_minus(unknown, dh_known(3)).known);
	assert_int_equal(dh_signed_minus(dh_known(3), dh_known(5)).value, -2);
	assert_false(dh_signed_minus(unknown, dh_known(3)).known);
}

TEST(snapshots_of_different_boots_are_not_comparable)
{
	struct dh_snapshot a = { .counted = true, .boot_id = "x", .loaded = { true, 5 } };
	struct dh_snapshot b = a;

	assert_int_equal(dh_snapshot_comparable(&a, &b), 0);
	b.loaded.value = 6;
	assert_int_equal(dh_snapshot_comparable(&a, &b), -EXDEV);
	strcpy(b.boot_id, "y");
	assert_int_equal(dh_snapshot_comparable(&a, &b), -ESTALE);
	b = a;
	a.boot_id[0] = b.boot_id[0] = '\0';
	assert_int_equal(dh_snapshot_comparable(&a, &b), -ESTALE);
	b.counted = false;
	assert_int_equal(dh_snapshot_comparable(&a, &b), -ENODATA);
}

TEST(heap_without_account_has_zero_if_counted)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = { 0 };

	snapshot.groups[DH_GROUP_LIVE] = true;
	assert_false(dh_snapshot_figure(&snapshot, "a", DH_FIGURE_live).known);
	snapshot.counted = true;
	assert_true(dh_snapshot_figure(&snapshot, "a", DH_FIGURE_live).known);
	assert_false(dh_snapshot_figure(&snapshot, "a", DH_FIGURE_finds).known);
	add_account(&snapshot, "a", 7);
	add_account(&snapshot, NULL, 8);
	assert_int_equal(dh_snapshot_figure(&snapshot, "a", DH_FIGURE_live).value, 7);
	assert_int_equal(dh_snapshot_figure(&snapshot, NULL, DH_FIGURE_live).value, 8);
}

TEST(buffers_of_an_exporter_are_added_up)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = { 0 };
	const struct dh_exporter_count *use;

	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "system", true, 4096), 0);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "other", true, 1), 0);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "system", true, 8192), 0);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "system", false, 5), 0);
	use = dh_snapshot_exporter(&snapshot, "system");
	assert_non_null(use);
	assert_int_equal(use->buffers, 2);
	assert_int_equal(use->bytes, 12288);
	assert_int_equal(use->unheld, 1);
	assert_int_equal(use->unheld_bytes, 5);
	assert_null(dh_snapshot_exporter(&snapshot, "none"));
}

TEST(callsites_are_subtracted_and_sorted)
{
	dh_auto(snapshot) struct dh_snapshot before = { 0 };
	dh_auto(snapshot) struct dh_snapshot after = { 0 };
	dh_auto(snapshot) struct dh_snapshot growth = { 0 };

	add_callsite(&before, "same", 3, 3);
	add_callsite(&before, "grew", 3, 3);
	add_callsite(&after, "puts", 0, 4);
	add_callsite(&after, "same", 3, 3);
	add_callsite(&after, "puts-one", 0, 1);
	add_callsite(&after, "grew", 5, 3);
	add_callsite(&after, "new", 9, 0);
	assert_int_equal(dh_snapshot_growth(&before, &after, &growth), 0);
	dh_callsites_sort(growth.callsites, growth.n_callsites);
	assert_int_equal(growth.n_callsites, 4);
	assert_string_equal(growth.callsites[0].symbol, "new");
	assert_string_equal(growth.callsites[1].symbol, "grew");
	assert_string_equal(growth.callsites[2].symbol, "puts-one");
	assert_string_equal(growth.callsites[3].symbol, "puts");
}

static void write_and_read(const struct dh_snapshot *written, struct dh_snapshot *read)
{
	dh_auto(free) char *text = NULL;
	dh_auto(file) FILE *in = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(dh_snapshot_write(out, written), 0);
	assert_int_equal(fclose(out), 0);
	in = fmemopen(text, size, "r");
	assert_non_null(in);
	assert_int_equal(dh_snapshot_read(in, read), 0);
}

TEST(saved_snapshot_is_restored)
{
	static const char name[] = "a b,\x01\x1b[2J\\\xff\xfe=\"";
	dh_auto(snapshot) struct dh_snapshot snapshot = { 0 };
	dh_auto(snapshot) struct dh_snapshot again = { 0 };
	struct dh_miss *miss;

	snapshot.counted = snapshot.no_finds = snapshot.scanned = true;
	snapshot.groups[DH_GROUP_ALLOCS] = true;
	strcpy(snapshot.boot_id, "boot");
	snapshot.loaded = dh_known(INT64_MAX - 1);
	snapshot.reset = dh_known(INT64_MAX);
	snapshot.missed = dh_known(0);
	snapshot.now = dh_known(UINT64_MAX);
	add_account(&snapshot, name, 7);
	add_account(&snapshot, NULL, 8);
	add_callsite(&snapshot, name, 1, 2);
	miss = dh_array_add(&snapshot.misses, &snapshot.n_misses);
	miss->name = strdup("-");
	miss->count = dh_known(3);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, name, true, 10), 0);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, name, true, 10), 0);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, name, false, 30), 0);
	snapshot.listed = snapshot.exporter_unknown = snapshot.buffers_changed = true;
	assert_int_equal(dh_buckets_add(&snapshot.accounts[0].errnos,
				       &snapshot.accounts[0].n_errnos, -1, 4),
			 0);
	assert_int_equal(dh_buckets_add(&snapshot.accounts[0].latency,
				       &snapshot.accounts[0].n_latency, 13, UINT64_MAX),
			 0);

	write_and_read(&snapshot, &again);
	assert_true(again.counted && again.no_finds && again.scanned && !again.scan_incomplete);
	assert_true(again.groups[DH_GROUP_ALLOCS] && !again.groups[DH_GROUP_LIVE]);
	assert_int_equal(dh_snapshot_comparable(&snapshot, &again), 0);
	assert_true(again.missed.known && !again.missed.value);
	/* Figures of INT64_MAX or more are saved as unknown. */
	assert_false(again.reset.known);
	assert_false(again.now.known);
	assert_int_equal(dh_snapshot_figure(&again, name, DH_FIGURE_live).value, 7);
	assert_false(dh_snapshot_figure(&again, name, DH_FIGURE_finds).known);
	assert_int_equal(dh_snapshot_figure(&again, NULL, DH_FIGURE_live).value, 8);
	assert_string_equal(again.callsites[0].symbol, name);
	assert_string_equal(again.misses[0].name, "-");
	assert_int_equal(dh_snapshot_exporter(&again, name)->buffers, 2);
	assert_int_equal(dh_snapshot_exporter(&again, name)->bytes, 20);
	assert_int_equal(dh_snapshot_exporter(&again, name)->unheld, 1);
	assert_int_equal(dh_snapshot_exporter(&again, name)->unheld_bytes, 30);
	assert_true(again.listed && again.exporter_unknown && again.buffers_changed);
	assert_int_equal(again.accounts[0].n_errnos, 1);
	assert_int_equal(again.accounts[0].errnos[0].number, -1);
	assert_int_equal(again.accounts[0].errnos[0].count, 4);
	assert_int_equal(again.accounts[0].latency[0].number, 13);
	assert_true(again.accounts[0].latency[0].count == INT64_MAX - 1);
	assert_int_equal(again.accounts[1].n_errnos, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(difference_with_an_unknown_number_is_unknown),
		cmocka_unit_test(snapshots_of_different_boots_are_not_comparable),
		cmocka_unit_test(heap_without_account_has_zero_if_counted),
		cmocka_unit_test(buffers_of_an_exporter_are_added_up),
		cmocka_unit_test(callsites_are_subtracted_and_sorted),
		cmocka_unit_test(saved_snapshot_is_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
