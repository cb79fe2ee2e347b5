/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches for the largest buffer and the largest total size that a heap can allocate. The search
 * accesses the heap only through a callback that allocates a buffer.
 */
#ifndef DH_MODEL_PROBE_H
#define DH_MODEL_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/maybe.h"

/* Sizes in bytes, as the kernel reports them for the buffers. */
struct dh_probe {
	const char *heap;	 /* name; not owned */
	uint64_t limit;		 /* maximum total size of buffers that exist at the same time */
	/* Difference between the two smallest sizes that a buffer can have. */
	struct dh_maybe step;
	struct dh_maybe largest; /* largest buffer */
	struct dh_maybe total;	 /* largest total size of buffers that exist at the same time */
	bool largest_exact;	 /* a larger buffer does not fit; else `largest` is a minimum */
	bool total_exact;	 /* a further buffer does not fit; else `total` is a minimum */
	int error;		 /* -errno of the failures that bound the figures, or 0 */
	uint64_t failed_size;	 /* size of the buffer that ended the search with an error */
};

/* Result of dh_probe_run() if an allocation fails although the same size succeeded before. */
#define DH_PROBE_UNSTABLE ESTALE

/*
 * Allocates a buffer of `size` bytes. Returns 0 and stores the size of the buffer in `*got`, or
 * returns -errno. The buffer must exist until the end of the search if `keep` is true, otherwise
 * only until the function returns.
 */
typedef int dh_probe_allocate(void *data, uint64_t size, bool keep, uint64_t *got);

/*
 * Sets all members of `probe` except `heap` and `limit`, which are input. `page` is the page size,
 * at most `limit`. If an allocation fails, the search assumes that each larger allocation would
 * fail, too. For any buffer except the first one, -ENOMEM and -EINVAL mean that the buffer does not
 * fit.
 *
 * Returns 0; -DH_PROBE_UNSTABLE; -EFBIG if the smallest buffer exceeds probe->limit; or the error
 * of `allocate` that ended the search. After an error, the figures cover the search up to the
 * error. probe->failed_size is then the size of the buffer that could not be allocated or, with
 * -EFBIG, the size of the smallest buffer.
 */
int dh_probe_run(struct dh_probe *probe, uint64_t page, dh_probe_allocate *allocate, void *data);

#endif
