/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits until heaps are usable or removed.
 */
#ifndef DH_TASK_HEAPS_WAIT_H
#define DH_TASK_HEAPS_WAIT_H

#include "frame/options.h"
#include "frame/wait.h"

struct dh_heaps_wait {
	const struct dh_words *heaps; /* names, classes and patterns, at least one */
	const struct dh_wait *wait;
	bool gone; /* wait until no registered heap matches */
	bool open; /* as in dh_heaps_read() */
};

/*
 * Waits until each element of request->heaps matches a heap, and the caller may open all matching
 * heaps; or, with request->gone, until sysfs lists no matching heap. Returns the status of
 * dh_wait_for(). With request->gone, prints an error and returns DH_EXIT_PERMISSION or
 * DH_EXIT_ERROR if sysfs cannot be read.
 */
enum dh_status dh_heaps_wait(const struct dh_env *env, const struct dh_heaps_wait *request);

#endif
