/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits while the command holds a resource.
 */
#ifndef DH_FRAME_WAIT_H
#define DH_FRAME_WAIT_H

#include <stdint.h>

#include "frame/message.h"

struct dh_wait {
	bool requested;	      /* false: dh_wait() does nothing */
	uint64_t nanoseconds; /* 0: no timeout */
};

/*
 * Waits for the first of these events:
 * - the timeout expires;
 * - SIGINT, SIGTERM or SIGHUP arrives;
 * - stdin, if it is a pipe or a socket, reaches end of file;
 * - with `key`, if stdin is a terminal: SIGQUIT arrives, or a key is pressed.
 *
 * The signals are blocked only during the wait. A signal that was ignored when the tool started
 * stays ignored. First calls dh_output_flush(). If stderr is a terminal, prints a remark with the
 * events. Returns a status; prints the error, if any.
 */
enum dh_status dh_wait(const struct dh_env *env, const struct dh_wait *wait, bool key);

#endif
