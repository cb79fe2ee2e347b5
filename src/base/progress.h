/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows the progress of long operations. Loops report their steps to dh_progress_add(), and a
 * callback in frame/ shows the sums.
 */
#ifndef DH_BASE_PROGRESS_H
#define DH_BASE_PROGRESS_H

#include <stdint.h>

struct dh_progress {
	const char *operation; /* such as "allocating" */
	const char *noun;     /* plural noun for steps, such as "buffers"; NULL: count only bytes */
	uint64_t total;	      /* steps; 0: unknown, or `noun` is NULL */
	uint64_t total_bytes; /* 0: the steps have no size */
	uint64_t done, bytes; /* sums of dh_progress_add() */
	uint64_t began;	      /* dh_clock_now() at dh_progress_begin() */
};

/* The callback, or NULL to show nothing. */
extern void (*dh_progress_show)(const struct dh_progress *progress);

/* Resets the sums for a new operation. The strings must stay valid until the next call. */
void dh_progress_begin(const char *operation, const char *noun, uint64_t total,
		       uint64_t total_bytes);

/* Adds finished steps and bytes, and calls the callback. */
void dh_progress_add(uint64_t steps, uint64_t bytes);

#endif
