/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress of long work. Loops count their steps here, and a callback in frame/ shows the sums.
 */
#ifndef DH_BASE_PROGRESS_H
#define DH_BASE_PROGRESS_H

#include <stdint.h>

struct dh_progress {
	const char *operation; /* such as "allocating" */
	const char *noun;     /* plural noun of a step, such as "buffers"; NULL: only bytes count */
	uint64_t total;	      /* steps; 0: unknown, or `noun` is NULL */
	uint64_t total_bytes; /* 0: the steps have no size */
	uint64_t done, bytes; /* sums of dh_progress_add() */
	uint64_t began;	      /* dh_clock_now() of dh_progress_begin() */
};

/* The callback, or NULL to show nothing. */
extern void (*dh_progress_show)(const struct dh_progress *progress);

/* Starts to count. The strings must stay valid. */
void dh_progress_begin(const char *operation, const char *noun, uint64_t total,
		       uint64_t total_bytes);

/* Adds finished steps and bytes, and calls the callback. */
void dh_progress_add(uint64_t steps, uint64_t bytes);

#endif
