// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/probe.h"

#include <errno.h>

struct search {
	struct dh_probe *probe;
	dh_probe_allocate *allocate;
	void *data;
	uint64_t unit; /* the search uses multiples of this size */
};

/*
 * Allocates `size` bytes. Returns 0, a negative error that ends the search, or 1 if the heap has no
 * room for a buffer of this size.
 */
static int try(struct search *search, uint64_t size, bool keep, uint64_t *got)
{
	int ret = search->allocate(search->data, size, keep, got);
	struct dh_probe *probe = search->probe;

	if (ret == -ENOMEM || ret == -EINVAL) {
		probe->error = ret;
		return 1;
	}
	if (ret)
		probe->failed_size = size;
	return ret;
}

/* Raises `largest` to `size`, and also `total`: a single buffer is a possible total. */
static void found(struct dh_probe *probe, uint64_t size)
{
	if (!probe->largest.known || probe->largest.value < size)
		probe->largest = probe->total = dh_known(size);
}

/* Allocates buffers of the two smallest sizes. */
static int find_step(struct search *search, uint64_t page)
{
	struct dh_probe *probe = search->probe;
	uint64_t first, second;
	int ret = search->allocate(search->data, page, false, &first);

	if (ret) {
		probe->failed_size = page;
		return ret;
	}
	search->unit = first;
	if (first > probe->limit) {
		probe->failed_size = first;
		return -EFBIG;
	}
	found(probe, first);
	/* Respect the limit: rounding can make the second buffer twice as large as the first. */
	if (first > probe->limit - first)
		return 0;
	ret = try(search, first + page, false, &second);
	if (ret) {
		probe->largest_exact = ret > 0;
		return ret < 0 ? ret : 0;
	}
	found(probe, second);
	if (second > first) {
		probe->step = dh_known(second - first);
		search->unit = second - first;
	}
	return 0;
}

/*
 * Doubles the size until an allocation fails, then halves the interval between the largest size
 * that succeeded and the smallest size that failed.
 */
static int find_largest(struct search *search)
{
	struct dh_probe *probe = search->probe;
	const uint64_t most = probe->limit / search->unit;
	uint64_t good = probe->largest.value / search->unit, bad = most + 1, got;

	while (!probe->largest_exact && good < bad - 1) {
		uint64_t next = bad > most && good <= most / 2 ? good * 2 : good + (bad - good) / 2;
		int ret = try(search, next * search->unit, false, &got);

		if (ret < 0)
			return ret;
		if (ret) {
			bad = next;
		} else {
			good = next;
			found(probe, got);
		}
	}
	probe->largest_exact = probe->largest_exact || bad <= most;
	return 0;
}

/*
 * Keeps buffers of the largest size, then of half that size, and so on: in fragmented memory, the
 * free runs have different lengths.
 */
static int find_total(struct search *search)
{
	struct dh_probe *probe = search->probe;
	uint64_t size = probe->largest.value, total = 0, left = probe->limit, got;

	while (size) {
		int ret = try(search, size, true, &got);

		if (ret < 0)
			return ret;
		if (ret && !total) {
			probe->failed_size = size;
			probe->largest_exact = false;
			return -DH_PROBE_UNSTABLE;
		}
		if (ret) {
			/* The total is exact only after the smallest size fails. */
			probe->total_exact = size <= search->unit;
			size = size >= 2 * search->unit ? size / 2 : search->unit;
			size = probe->total_exact ? 0 : size / search->unit * search->unit;
			continue;
		}
		total += got;
		if (total > probe->total.value)
			probe->total.value = total;
		left = total < probe->limit ? probe->limit - total : 0;
		if (left < size)
			size = left / search->unit * search->unit;
	}
	return 0;
}

int dh_probe_run(struct dh_probe *probe, uint64_t page, dh_probe_allocate *allocate, void *data)
{
	struct search search = { .probe = probe, .allocate = allocate, .data = data };
	int ret;

	*probe = (struct dh_probe){ .heap = probe->heap, .limit = probe->limit };
	ret = find_step(&search, page);
	if (!ret)
		ret = find_largest(&search);
	if (!ret)
		ret = find_total(&search);
	return ret;
}
