/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a batch went: done, failed, and the spread of the time each took.
 */
#ifndef DH_MODEL_TALLY_H
#define DH_MODEL_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"

struct dh_tally {
	uint64_t requested;
	uint64_t done;
	uint64_t failed;	 /* tried and refused; requested - done - failed were not tried */
	uint64_t bytes;		 /* of those done, as the kernel rounded them */
	int first_error;	 /* -errno of the first that failed, 0 where none did */
	struct dh_maybe elapsed; /* nanoseconds from the first to the end of the last tried */
	struct dh_maybe min, median, p99, max; /* nanoseconds */
};

/*
 * Fills the four spreads from `n` durations, which it sorts in place; unknown
 * where `n` is 0. Percentiles are nearest-rank: the smallest value that at least
 * that share of the values does not exceed.
 */
void dh_tally_spread(struct dh_tally *tally, uint64_t *nanoseconds, size_t n);

#endif
