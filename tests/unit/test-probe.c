// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Probes a model of a heap that has runs of free memory. Each buffer comes from the first run that
 * is long enough.
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "model/probe.h"

#define PAGE UINT64_C(4096)

struct heap {
	uint64_t runs[8]; /* bytes */
	uint64_t step;	  /* sizes are rounded up to a multiple of this size */
	uint64_t least;	  /* minimum size of a buffer */
	uint64_t most;	  /* larger buffers fail with EINVAL; 0: no such limit */
	int error;	  /* -errno of allocation number `fails_at` and of all later allocations */
	unsigned int fails_at;
	unsigned int requests;
	uint64_t kept, peak; /* total size of the buffers that exist, and its maximum */
};

static int allocate(void *data, uint64_t size, bool keep, uint64_t *got)
{
	struct heap *heap = data;

	assert_true(size && size % PAGE == 0);
	if (++heap->requests >= heap->fails_at && heap->fails_at)
		return heap->error;
	if (heap->most && size > heap->most)
		return -EINVAL;
	*got = (size + heap->step - 1) / heap->step * heap->step;
	if (*got < heap->least)
		*got = heap->least;
	for (size_t i = 0; i < ARRAY_SIZE(heap->runs); i++) {
		if (heap->runs[i] < *got)
			continue;
		if (heap->kept + *got > heap->peak)
			heap->peak = heap->kept + *got;
		if (keep) {
			heap->runs[i] -= *got;
			heap->kept += *got;
		}
		return 0;
	}
	return -ENOMEM;
}

/* Probes `heap` with a limit in pages. Returns the result of dh_probe_run(). */
static int probe_heap(struct heap *heap, uint64_t limit, struct dh_probe *probe)
{
	int ret;

	*probe = (struct dh_probe){ .heap = "heap", .limit = limit * PAGE };
	heap->step = heap->step ? heap->step : PAGE;
	ret = dh_probe_run(probe, PAGE, allocate, heap);
	assert_string_equal(probe->heap, "heap");
	assert_int_equal(probe->limit, limit * PAGE);
	return ret;
}

/* Asserts the figures of `probe`, in pages. 0 means unknown. */
static void expect(const struct dh_probe *probe, uint64_t step, uint64_t largest, uint64_t total)
{
	assert_int_equal(probe->step.known, step > 0);
	assert_int_equal(probe->step.value, step * PAGE);
	assert_int_equal(probe->largest.known, largest > 0);
	assert_int_equal(probe->largest.value, largest * PAGE);
	assert_int_equal(probe->total.known, total > 0);
	assert_int_equal(probe->total.value, total * PAGE);
}

TEST(each_size_of_a_pool_is_found)
{
	for (uint64_t pages = 1; pages < 300; pages++) {
		struct heap heap = { .runs = { pages * PAGE } };
		struct dh_probe probe;

		assert_int_equal(probe_heap(&heap, 1000, &probe), 0);
		expect(&probe, pages > 1, pages, pages);
		assert_true(probe.largest_exact && probe.total_exact);
		assert_int_equal(probe.error, -ENOMEM);
		assert_int_equal(heap.peak, pages * PAGE);
		/* The number of requests grows with the logarithm of the size. */
		assert_true(heap.requests < 32);
	}
}

TEST(the_limit_bounds_all_allocations)
{
	for (uint64_t limit = 1; limit < 300; limit++) {
		struct heap heap = { .runs = { 1000 * PAGE } };
		struct dh_probe probe;

		assert_int_equal(probe_heap(&heap, limit, &probe), 0);
		expect(&probe, limit > 1, limit, limit);
		assert_false(probe.largest_exact || probe.total_exact);
		assert_int_equal(probe.error, 0);
		assert_int_equal(heap.peak, limit * PAGE);
	}
}

TEST(fragmented_memory_has_a_smaller_largest_buffer)
{
	struct heap heap = { .runs = { 5 * PAGE, 40 * PAGE, PAGE, 17 * PAGE, 3 * PAGE } };
	struct dh_probe probe;

	assert_int_equal(probe_heap(&heap, 1000, &probe), 0);
	expect(&probe, 1, 40, 66);
	assert_true(probe.largest_exact && probe.total_exact);

	/* The limit is below the total, but above the largest buffer. */
	heap = (struct heap){ .runs = { 5 * PAGE, 40 * PAGE, PAGE, 17 * PAGE, 3 * PAGE } };
	assert_int_equal(probe_heap(&heap, 50, &probe), 0);
	expect(&probe, 1, 40, 50);
	assert_true(probe.largest_exact);
	assert_false(probe.total_exact);
	assert_int_equal(heap.peak, 50 * PAGE);
}

TEST(the_step_is_that_of_the_sizes)
{
	struct heap heap = { .runs = { 1000 * PAGE }, .step = 16 * PAGE };
	struct dh_probe probe;

	assert_int_equal(probe_heap(&heap, 4000, &probe), 0);
	expect(&probe, 16, 992, 992);
	assert_true(probe.largest_exact && probe.total_exact);

	/* The smallest buffer is larger than the step. */
	heap = (struct heap){ .runs = { 101 * PAGE }, .least = 16 * PAGE };
	assert_int_equal(probe_heap(&heap, 4000, &probe), 0);
	expect(&probe, 1, 101, 101);

	/* Only one buffer of the minimum size fits, or this size exceeds the limit. */
	heap = (struct heap){ .runs = { 16 * PAGE }, .step = 16 * PAGE };
	assert_int_equal(probe_heap(&heap, 4000, &probe), 0);
	expect(&probe, 0, 16, 16);
	assert_true(probe.largest_exact && probe.total_exact);
	heap = (struct heap){ .runs = { 100 * PAGE }, .step = 16 * PAGE };
	assert_int_equal(probe_heap(&heap, 20, &probe), 0);
	expect(&probe, 0, 16, 16);
	assert_false(probe.largest_exact || probe.total_exact);
	heap = (struct heap){ .runs = { 100 * PAGE }, .step = 16 * PAGE };
	assert_int_equal(probe_heap(&heap, 15, &probe), -EFBIG);
	expect(&probe, 0, 0, 0);
	assert_int_equal(probe.failed_size, 16 * PAGE);
}

TEST(a_maximum_size_of_a_buffer_does_not_bound_the_total)
{
	struct heap heap = { .runs = { 100 * PAGE }, .most = 7 * PAGE };
	struct dh_probe probe;

	assert_int_equal(probe_heap(&heap, 4000, &probe), 0);
	expect(&probe, 1, 7, 100);
	assert_true(probe.largest_exact && probe.total_exact);
}

TEST(an_error_keeps_the_figures_found_before)
{
	/* Unlike ENOMEM and EINVAL, these errors do not mean that the size is too large. */
	static const int errors[] = { -EIO, -EINTR, -EAGAIN, -EMFILE };

	for (unsigned int at = 1; at < 16; at++) {
		struct heap heap = {
			.runs = { 50 * PAGE, 50 * PAGE },
			.error = errors[at % ARRAY_SIZE(errors)],
			.fails_at = at,
		};
		struct dh_probe probe;

		assert_int_equal(probe_heap(&heap, 4000, &probe), heap.error);
		assert_int_equal(heap.requests, at);
		assert_true(probe.failed_size);
		assert_int_equal(probe.largest.known, at > 1);
		assert_int_equal(probe.step.known, at > 2);
		assert_true(probe.largest.value <= 50 * PAGE);
		assert_true(probe.total.value >= probe.largest.value);
		assert_false(probe.total_exact);
	}
}

TEST(a_heap_that_fails_a_size_that_it_provided_is_unstable)
{
	/* In the first probe, all allocations fail. In the second, all from the fourth on fail. */
	struct heap heap = { .runs = { 50 * PAGE }, .error = -ENOMEM, .fails_at = 1 };
	struct dh_probe probe;

	assert_int_equal(probe_heap(&heap, 4000, &probe), -ENOMEM);
	expect(&probe, 0, 0, 0);
	heap = (struct heap){ .runs = { 50 * PAGE }, .error = -ENOMEM, .fails_at = 4 };
	assert_int_equal(probe_heap(&heap, 4000, &probe), -DH_PROBE_UNSTABLE);
	expect(&probe, 1, 4, 4);
	assert_false(probe.largest_exact || probe.total_exact);
	assert_int_equal(probe.failed_size, 4 * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_size_of_a_pool_is_found),
		cmocka_unit_test(the_limit_bounds_all_allocations),
		cmocka_unit_test(fragmented_memory_has_a_smaller_largest_buffer),
		cmocka_unit_test(the_step_is_that_of_the_sizes),
		cmocka_unit_test(a_maximum_size_of_a_buffer_does_not_bound_the_total),
		cmocka_unit_test(an_error_keeps_the_figures_found_before),
		cmocka_unit_test(a_heap_that_fails_a_size_that_it_provided_is_unstable),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
