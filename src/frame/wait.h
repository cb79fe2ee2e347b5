/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits while the command holds a resource, or until a condition is met.
 */
#ifndef DH_FRAME_WAIT_H
#define DH_FRAME_WAIT_H

#include <stdint.h>

#include "frame/message.h"

struct dh_wait {
	bool requested;	      /* the command waits; false: dh_wait() does nothing */
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
 * stays ignored. First calls dh_output_flush(). If stderr is a terminal, prints a remark that lists
 * these events. Returns a status; prints the error, if any.
 */
enum dh_status dh_wait(const struct dh_env *env, const struct dh_wait *wait, bool key);

/* A condition that depends on other processes or on the kernel. */
struct dh_condition {
	const char *subject; /* for messages, such as "heap 'system'" */
	const char *stage;   /* for messages, such as "waiting for removal" */
	/*
	 * Descriptor, not owned, that becomes readable after a change, or -1. It must be
	 * non-blocking. dh_wait_for() discards the data.
	 */
	int events;
	uint64_t interval; /* nanoseconds until the next check if no event arrives */
	/*
	 * Sets `*met` and returns DH_EXIT_DONE. After an error, prints it and returns its status,
	 * which ends the wait.
	 */
	enum dh_status (*check)(void *data, bool *met);
	void *data;
};

/*
 * Checks the condition immediately, after each event and after each interval, until it is met. If
 * stderr is a terminal, prints a remark about the wait. Signals are handled as in dh_wait().
 *
 * Returns DH_EXIT_DONE if the condition is met, DH_EXIT_INTERRUPTED after a signal, or the status
 * of condition->check(). If the timeout of `wait` expires, prints an error and returns
 * DH_EXIT_TIMEOUT. If a system call fails, prints an error and returns DH_EXIT_ERROR.
 */
enum dh_status dh_wait_for(const struct dh_env *env, const struct dh_wait *wait,
			   const struct dh_condition *condition);

#endif
