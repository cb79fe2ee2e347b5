// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "model/balance.h"

static int add_bar(struct dh_bar **bars, size_t *n, struct dh_bar bar)
{
	struct dh_bar *last = dh_array_add(bars, n);

	if (!last)
		return -ENOMEM;
	*last = bar;
	return 0;
}

/* Adds the bars of one heap, and sets `largest` of each bar. */
static int add_heap(const struct dh_balance *row, struct dh_bar **bars, size_t *n)
{
	struct dh_bar bar = { .heap = row->heap };
	const size_t first = *n;
	int ret = 0;

	for (const char *text = row->latency; *text && !ret;) {
		char *end;
		uint64_t from = strtoull(text, &end, 10);
		uint64_t count = strtoull(end + 1, &end, 10);

		text = end + (*end == ',');
		/* The text omits empty buckets: add bars with the count 0 for them. */
		for (bar.from *= 2; bar.from && bar.from < from && !ret; bar.from *= 2)
			ret = add_bar(bars, n, bar);
		bar.from = from;
		if (count > bar.largest)
			bar.largest = count;
		if (!ret)
			ret = add_bar(bars, n,
				      (struct dh_bar){ row->heap, from, count, bar.largest });
	}
	for (size_t i = first; i < *n; i++)
		(*bars)[i].largest = bar.largest;
	return ret;
}

int dh_histogram_make(const struct dh_balance *rows, size_t n, struct dh_bar **bars, size_t *n_bars)
{
	int ret = 0;

	*bars = NULL;
	*n_bars = 0;
	for (size_t i = 0; i < n && !ret; i++)
		ret = add_heap(&rows[i], bars, n_bars);
	return ret;
}
