/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Result of a batch of operations: the numbers of successes and failures, and the durations.
 */
#ifndef DH_MODEL_TALLY_H
#define DH_MODEL_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"

struct dh_tally {
	uint64_t requested;
	uint64_t done;
	uint64_t failed;	 /* requested - done - failed operations were not tried */
	uint64_t bytes;		 /* total size of the buffers, each rounded up by the kernel */
	int first_error;	 /* -errno of the first failure, or 0 */
	struct dh_maybe elapsed; /* nanoseconds for the whole batch */
	struct dh_maybe min, median, p99, max; /* nanoseconds of one operation */
};

/*
 * Sorts `n` durations in place, and sets min, median, p99 and max of the tally, or sets them to
 * unknown if `n` is 0. Percentiles use the nearest-rank method.
 */
void dh_tally_spread(struct dh_tally *tally, uint64_t *nanoseconds, size_t n);

#endif
