// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tally.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static struct dh_maybe nearest_rank(const uint64_t *sorted, size_t n, unsigned int percent)
{
	return dh_known(sorted[(n * percent + 99) / 100 - 1]);
}

void dh_tally_spread(struct dh_tally *tally, uint64_t *nanoseconds, size_t n)
{
	struct dh_maybe unknown = { 0 };

	tally->min = tally->median = tally->p99 = tally->max = unknown;
	if (!n)
		return;

	qsort(nanoseconds, n, sizeof(*nanoseconds), ascending);
	tally->min = dh_known(nanoseconds[0]);
	tally->median = nearest_rank(nanoseconds, n, 50);
	tally->p99 = nearest_rank(nanoseconds, n, 99);
	tally->max = dh_known(nanoseconds[n - 1]);
}
