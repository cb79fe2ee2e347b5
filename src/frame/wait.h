/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting with something held.
 */
#ifndef DH_FRAME_WAIT_H
#define DH_FRAME_WAIT_H

#include <stdint.h>

#include "frame/message.h"

struct dh_wait {
	bool wanted;
	uint64_t nanoseconds; /* 0: until a signal or the end of a piped stdin */
};

/*
 * Waits for the duration; SIGINT, SIGTERM or SIGHUP; the end of input where stdin is a pipe or
 * a socket; or, with `key`, a key or SIGQUIT where stdin is a terminal. Signals are blocked
 * for the wait alone, and one that was ignored when the tool started stays ignored. Does
 * nothing where waiting is not wanted. Returns a status, having said why.
 */
enum dh_status dh_wait(const struct dh_wait *wait, bool key);

#endif
