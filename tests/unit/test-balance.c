// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "model/balance.h"

static const struct dh_inventory none;

/*
 * Returns a snapshot of one heap with `refs` references, `live` live buffers, and `seen` buffers
 * that processes hold. -1 means unknown.
 */
static struct dh_snapshot of(const char *heap, int refs, int live, int seen)
{
	struct dh_snapshot snapshot = { .counted = true,
					.scanned = seen >= 0,
					.missed = { true, 0 } };
	struct dh_account *account = dh_array_add(&snapshot.accounts, &snapshot.n_accounts);

	account->heap = strdup(heap);
	for (enum dh_figure i = 0; i < DH_FIGURES; i++)
		account->figures[i] = dh_known(0);
	account->figures[DH_FIGURE_refs] = (struct dh_maybe){ refs >= 0, (uint64_t)refs };
	account->figures[DH_FIGURE_live] = (struct dh_maybe){ live >= 0, (uint64_t)live };
	for (int i = 0; i < seen; i++)
		assert_int_equal(dh_snapshot_add_buffer(&snapshot, heap, true, 4096), 0);
	return snapshot;
}

/*
 * Asserts that the balance of the snapshots has one row with the verdict `words`. For this row,
 * dh_balance_leaks() must return `left`, and dh_balance_exact() `exact`.
 */
static void expect(const struct dh_snapshot *before, const struct dh_snapshot *after,
		   const char *words, bool left, bool exact)
{
	dh_auto(free) struct dh_balance *rows = NULL;
	size_t n;

	assert_int_equal(dh_balance_make(&none, before, after, &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].text, words);
	assert_int_equal(dh_balance_leaks(&rows[0].verdict), left);
	assert_int_equal(dh_balance_exact(&rows[0].verdict), exact);
}

static void expect_snapshot(int refs, int live, int seen, const char *words, bool left, bool exact)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("system", refs, live, seen);

	expect(NULL, &snapshot, words, left, exact);
}

TEST(snapshot_verdict_names_references_and_buffers)
{
	expect_snapshot(0, 0, 0, "balanced", false, true);
	expect_snapshot(0, 3, 3, "balanced", false, true);
	expect_snapshot(2, 3, 3, "references held 2", true, true);
	expect_snapshot(0, 3, 1, "kernel holds 2", true, true);
	expect_snapshot(1, 3, 1, "references held 1, kernel holds 2", true, true);
	expect_snapshot(0, 1, 3, "older than the module 2", false, true);
	expect_snapshot(-1, 0, 0, "unknown: references are not counted", false, false);
	expect_snapshot(0, -1, 0, "unknown: buffers are not counted", false, false);
	expect_snapshot(0, 2, -1, "unknown: not all processes are readable", false, false);
	expect_snapshot(0, 0, -1, "balanced", false, true);
	expect_snapshot(3, -1, 0, "references held 3, unknown: buffers are not counted", true,
			false);
}

TEST(released_older_references_show_that_references_may_be_missing)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("system", 0, 0, 0);
	dh_auto(snapshot) struct dh_snapshot later = of("system", 0, 0, 0);

	snapshot.accounts[0].figures[DH_FIGURE_old_puts] = dh_known(2);
	later.accounts[0].figures[DH_FIGURE_old_puts] = dh_known(2);
	expect(NULL, &snapshot, "older references released 2", false, false);
	/* References released before an interval do not affect the verdict on the interval. */
	expect(&snapshot, &later, "balanced", false, true);
	later.accounts[0].figures[DH_FIGURE_old_puts] = dh_known(3);
	expect(&snapshot, &later, "older references released 1", false, false);
	later.accounts[0].figures[DH_FIGURE_refs] = dh_known(1);
	expect(&snapshot, &later, "references held 1, older references released 1", true, false);
}

TEST(missed_calls_make_the_verdict_inexact)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("system", 0, 0, 0);

	snapshot.missed = dh_known(2);
	snapshot.accounts[0].figures[DH_FIGURE_unseen] = dh_known(3);
	expect(NULL, &snapshot, "missed calls 5", false, false);
}

TEST(no_references_without_accessors)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("system", -1, 0, 0);

	/*
	 * Drivers cannot take references on this kernel, so the verdict ignores the unknown number
	 * of references.
	 */
	snapshot.no_finds = true;
	expect(NULL, &snapshot, "balanced", false, true);
}

TEST(unreadable_process_makes_a_difference_unknown)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("system", 0, 3, 1);

	snapshot.scan_incomplete = true;
	expect(NULL, &snapshot, "unknown: not all processes are readable", false, false);
	snapshot.exporters[0].buffers = 3;
	expect(NULL, &snapshot, "balanced", false, true);
}

TEST(buffer_without_exporter_makes_a_difference_unknown)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("system", 0, 3, 1);

	snapshot.exporter_unknown = true;
	expect(NULL, &snapshot, "unknown: the exporter of a buffer is unknown", false, false);
	snapshot.exporters[0].buffers = 3;
	expect(NULL, &snapshot, "balanced", false, true);
}

/*
 * The module and the scan of processes count the buffers at different times, so a difference
 * between the two counts proves nothing.
 */
TEST(changing_buffers_make_the_verdict_unknown)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("system", 1, 3, 1);
	dh_auto(snapshot) struct dh_snapshot later = of("system", 1, 4, 1);

	snapshot.buffers_changed = later.buffers_changed = true;
	expect(NULL, &snapshot,
	       "references held 1, unknown: buffers were allocated or freed during the count", true,
	       false);
	snapshot.exporters[0].buffers = 5;
	expect(NULL, &snapshot,
	       "references held 1, unknown: buffers were allocated or freed during the count", true,
	       false);
	/* Both counts of live buffers come from the module, so their difference is exact. */
	expect(&snapshot, &later, "leaked 1", true, true);
}

TEST(verdict_is_unknown_without_the_module)
{
	struct dh_heap heap = { .name = (char *)"system", .region = -1 };
	struct dh_inventory inventory = { .heaps = &heap, .n_heaps = 1 };
	dh_auto(snapshot) struct dh_snapshot snapshot = { .scanned = true, .listed = true };
	dh_auto(free) struct dh_balance *rows = NULL;
	size_t n;

	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "system", true, 4096), 0);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "system", false, 8192), 0);
	assert_int_equal(dh_balance_make(&inventory, NULL, &snapshot, &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].text, "unknown: dmaheap_debug unavailable");
	for (enum dh_figure i = 0; i < DH_FIGURES; i++)
		assert_false(rows[0].figures[i].known);
	assert_int_equal(rows[0].seen.value, 1);
	assert_int_equal(rows[0].kernel.value, 1);
	assert_int_equal(rows[0].kernel_bytes.value, 8192);
}

TEST(shared_exporter_makes_a_difference_unknown)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("protected,secure-video", 0, 1, 0);

	expect(NULL, &snapshot, "kernel holds 1", true, true);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "tee", true, 4096), 0);
	expect(NULL, &snapshot, "unknown: several heaps share the exporter name or the account",
	       false, false);
}

/* Up to Linux 5.10, buffers of the system heap and of CMA heaps have the same exporter name. */
TEST(heap_helpers_is_a_shared_exporter)
{
	dh_auto(snapshot) struct dh_snapshot snapshot = of("system", 0, 1, 0);

	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "heap_helpers", false, 4096), 0);
	expect(NULL, &snapshot, "kernel holds 1", true, true);
	assert_int_equal(dh_snapshot_add_buffer(&snapshot, "heap_helpers", true, 4096), 0);
	expect(NULL, &snapshot, "unknown: several heaps share the exporter name or the account",
	       false, false);
	assert_true(dh_exporter_is_shared("heap_helpers", DH_KIND_CMA));
	assert_false(dh_exporter_is_shared("heap_helpers", DH_KIND_PROTECTED));
	assert_false(dh_exporter_is_shared("system", DH_KIND_SYSTEM));
}

static void expect_interval(int refs, int live, int seen, int later_refs, int later_live,
			    int later_seen, const char *words, bool left, bool exact)
{
	dh_auto(snapshot) struct dh_snapshot before = of("system", refs, live, seen);
	dh_auto(snapshot) struct dh_snapshot after =
		of("system", later_refs, later_live, later_seen);

	expect(&before, &after, words, left, exact);
}

TEST(interval_verdict_names_growth)
{
	expect_interval(2, 5, 1, 2, 5, 1, "balanced", false, true);
	expect_interval(2, 5, 1, 0, 1, 1, "balanced", false, true);
	expect_interval(0, 0, 0, 1, 0, 0, "references held 1", true, true);
	expect_interval(0, 1, 1, 0, 3, 1, "kernel holds 2", true, true);
	expect_interval(0, 1, 1, 0, 3, 3, "processes hold 2", true, true);
	expect_interval(0, 1, 1, 0, 4, 2, "kernel holds 2, processes hold 1", true, true);
	/* The kernel still holds an older buffer, which a process closed during the interval. */
	expect_interval(0, 1, 1, 0, 1, 0, "balanced", false, true);
	expect_interval(0, 0, 0, 0, 2, -1, "leaked 2", true, true);
	expect_interval(0, -1, 0, 0, 0, 0, "unknown: buffers are not counted", false, false);
	expect_interval(-1, 0, 0, 0, 0, 0, "unknown: references are not counted", false, false);
}

TEST(references_start_at_zero_when_accessors_appear)
{
	dh_auto(snapshot) struct dh_snapshot before = of("system", -1, 0, 0);
	dh_auto(snapshot) struct dh_snapshot after = of("system", 1, 0, 0);

	before.no_finds = true;
	expect(&before, &after, "references held 1", true, true);
}

TEST(interval_subtracts_figures)
{
	dh_auto(snapshot) struct dh_snapshot before = of("system", 0, 1, 0);
	dh_auto(snapshot) struct dh_snapshot after = of("system", 0, 2, 0);
	dh_auto(free) struct dh_balance *rows = NULL;
	struct dh_maybe *former = before.accounts[0].figures, *figures = after.accounts[0].figures;
	size_t n;

	former[DH_FIGURE_allocs] = dh_known(10);
	figures[DH_FIGURE_allocs] = dh_known(14);
	former[DH_FIGURE_frees] = dh_known(9);
	figures[DH_FIGURE_frees] = dh_known(2);
	former[DH_FIGURE_peak] = figures[DH_FIGURE_peak] = dh_known(5);
	figures[DH_FIGURE_peak_bytes] = dh_known(4096);
	figures[DH_FIGURE_older] = dh_known(3);
	after.missed = dh_known(4);
	assert_int_equal(dh_balance_make(&none, &before, &after, &rows, &n), 0);
	assert_int_equal(rows[0].figures[DH_FIGURE_allocs].value, 4);
	/* The counter is lower than before, so it was reset during the interval. */
	assert_false(rows[0].figures[DH_FIGURE_frees].known);
	/* An unchanged peak may be older than the interval. */
	assert_false(rows[0].figures[DH_FIGURE_peak].known);
	assert_int_equal(rows[0].figures[DH_FIGURE_peak_bytes].value, 4096);
	assert_int_equal(rows[0].figures[DH_FIGURE_live].value, 1);
	assert_int_equal(rows[0].live_now.value, 2);
	assert_int_equal(rows[0].missed.value, 4);
	assert_string_equal(rows[0].text,
			    "kernel holds 1, older than the module 3, missed calls 4");
}

TEST(change_of_an_interval_can_be_negative)
{
	dh_auto(snapshot) struct dh_snapshot before = of("system", 3, 5, 4);
	dh_auto(snapshot) struct dh_snapshot after = of("system", 1, 2, 0);
	dh_auto(free) struct dh_balance *rows = NULL;
	size_t n;

	before.accounts[0].figures[DH_FIGURE_open_files] = dh_known(1);
	assert_int_equal(dh_balance_make(&none, &before, &after, &rows, &n), 0);
	assert_int_equal((int64_t)rows[0].figures[DH_FIGURE_open_files].value, -1);
	assert_int_equal((int64_t)rows[0].figures[DH_FIGURE_refs].value, -2);
	assert_int_equal((int64_t)rows[0].figures[DH_FIGURE_live].value, -3);
	assert_int_equal((int64_t)rows[0].seen.value, -4);
	assert_int_equal((int64_t)rows[0].seen_bytes.value, -4 * 4096);
	assert_int_equal((int64_t)rows[0].kernel.value, 1);
	assert_int_equal(rows[0].refs_now.value, 1);
	assert_int_equal(rows[0].live_now.value, 2);
	assert_string_equal(rows[0].text, "balanced");
}

static void add_bucket(struct dh_snapshot *snapshot, bool errnos, int number, uint64_t count)
{
	struct dh_account *account = &snapshot->accounts[0];

	assert_int_equal(
		errnos ? dh_buckets_add(&account->errnos, &account->n_errnos, number, count)
		       : dh_buckets_add(&account->latency, &account->n_latency, number, count),
		0);
}

TEST(interval_subtracts_errnos_and_latencies)
{
	dh_auto(snapshot) struct dh_snapshot before = of("system", 0, 0, 0);
	dh_auto(snapshot) struct dh_snapshot after = of("system", 0, 0, 0);
	dh_auto(snapshot) struct dh_snapshot nothing = { .counted = true };
	struct dh_balance *rows = NULL;
	size_t n;

	add_bucket(&before, true, 12, 3);
	add_bucket(&before, true, -1, 1);
	add_bucket(&before, false, 13, 7);
	add_bucket(&after, true, 12, 3);
	add_bucket(&after, true, 22, 2);
	add_bucket(&after, true, -1, 5);
	add_bucket(&after, false, 13, 8);
	add_bucket(&after, false, 14, 2);
	assert_int_equal(dh_balance_make(&none, &before, &after, &rows, &n), 0);
	assert_true(rows[0].errnos_known && rows[0].latency_known);
	assert_string_equal(rows[0].errnos, "EINVAL:2,other:4");
	assert_string_equal(rows[0].latency, "8192:1,16384:2");
	free(rows);
	/* Without an earlier account, all errors are from the interval. */
	assert_int_equal(dh_balance_make(&none, &nothing, &after, &rows, &n), 0);
	assert_string_equal(rows[0].errnos, "ENOMEM:3,EINVAL:2,other:5");
	free(rows);
	assert_int_equal(dh_balance_make(&none, NULL, &after, &rows, &n), 0);
	assert_string_equal(rows[0].latency, "8192:8,16384:2");
	free(rows);
	/* A reset during the interval makes the errors and the latencies unknown. */
	assert_int_equal(dh_balance_make(&none, &after, &before, &rows, &n), 0);
	assert_string_equal(rows[0].errnos, "");
	assert_string_equal(rows[0].latency, "");
	assert_false(rows[0].errnos_known || rows[0].latency_known);
	free(rows);
}

TEST(rows_cover_inventory_and_accounts)
{
	struct dh_heap heaps[] = { { .name = (char *)"b", .region = 0 },
				   { .name = (char *)"c", .region = -1 } };
	struct dh_region region = { .size = { true, 100 }, .free = { true, 30 } };
	struct dh_inventory inventory = {
		.heaps = heaps, .n_heaps = 2, .regions = &region, .n_regions = 1
	};
	dh_auto(snapshot) struct dh_snapshot before = of("gone", 0, 0, 0);
	dh_auto(snapshot) struct dh_snapshot after = of("b", 1, 2, 0);
	dh_auto(free) struct dh_balance *rows = NULL;
	struct dh_balance_verdict total;
	size_t n;

	assert_non_null(dh_array_add(&after.accounts, &after.n_accounts));
	memset(after.groups, true, sizeof(after.groups));
	memset(before.groups, true, sizeof(before.groups));
	assert_int_equal(dh_balance_make(&inventory, &before, &after, &rows, &n), 0);
	assert_int_equal(n, 4);
	assert_string_equal(rows[0].heap, "b");
	assert_string_equal(rows[1].heap, "c");
	assert_string_equal(rows[2].heap, "gone");
	assert_null(rows[3].heap);
	assert_int_equal(rows[0].region_used.value, 70);
	assert_false(rows[1].region_used.known);
	assert_string_equal(rows[1].text, "balanced");
	dh_balance_total(rows, 3, &total);
	assert_int_equal(total.references, 1);
	assert_int_equal(total.kernel, 2);
	assert_true(dh_balance_leaks(&total));

	/*
	 * The module counts missed calls for all heaps together, so each row contains the same
	 * number, and the total counts it once. The module counts unseen buffers for each heap.
	 */
	rows[0].missed = rows[1].missed = (struct dh_maybe){ true, 4 };
	rows[0].figures[DH_FIGURE_unseen] = (struct dh_maybe){ true, 1 };
	rows[1].figures[DH_FIGURE_unseen] = (struct dh_maybe){ true, 2 };
	dh_balance_total(rows, 2, &total);
	assert_int_equal(total.missed_calls, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshot_verdict_names_references_and_buffers),
		cmocka_unit_test(released_older_references_show_that_references_may_be_missing),
		cmocka_unit_test(missed_calls_make_the_verdict_inexact),
		cmocka_unit_test(no_references_without_accessors),
		cmocka_unit_test(unreadable_process_makes_a_difference_unknown),
		cmocka_unit_test(buffer_without_exporter_makes_a_difference_unknown),
		cmocka_unit_test(changing_buffers_make_the_verdict_unknown),
		cmocka_unit_test(verdict_is_unknown_without_the_module),
		cmocka_unit_test(shared_exporter_makes_a_difference_unknown),
		cmocka_unit_test(heap_helpers_is_a_shared_exporter),
		cmocka_unit_test(interval_verdict_names_growth),
		cmocka_unit_test(references_start_at_zero_when_accessors_appear),
		cmocka_unit_test(interval_subtracts_figures),
		cmocka_unit_test(change_of_an_interval_can_be_negative),
		cmocka_unit_test(interval_subtracts_errnos_and_latencies),
		cmocka_unit_test(rows_cover_inventory_and_accounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
