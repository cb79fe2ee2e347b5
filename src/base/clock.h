/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CLOCK_MONOTONIC in nanoseconds, for intervals and deadlines.
 */
#ifndef DH_BASE_CLOCK_H
#define DH_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t dh_clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static inline struct timespec dh_clock_interval(uint64_t nanoseconds)
{
	return (struct timespec){
		.tv_sec = (time_t)(nanoseconds / UINT64_C(1000000000)),
		.tv_nsec = (long)(nanoseconds % UINT64_C(1000000000)),
	};
}

#endif
