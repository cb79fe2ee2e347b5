/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses, and the one sentence that goes with each failure.
 *
 * Every sentence is escaped as a whole where it is printed: whatever is not printable ASCII,
 * and the backslash, is written \xNN. So no caller escapes the names in it.
 */
#ifndef DH_FRAME_MESSAGE_H
#define DH_FRAME_MESSAGE_H

#include "frame/env.h"

enum dh_status {
	DH_EXIT_DONE = 0,
	DH_EXIT_REFUSED = 1, /* the kernel or the device refused, or only part was done */
	DH_EXIT_USAGE = 2,
	DH_EXIT_NOT_FOUND = 3, /* no such heap, device or buffer */
	DH_EXIT_PERMISSION = 4,
	DH_EXIT_UNSUPPORTED = 5, /* by this kernel, or the companion module is not loaded */
	DH_EXIT_UNBALANCED = 6,	 /* the accounts do not balance */
	DH_EXIT_TIMEOUT = 7,
};

/*
 * The status for a -errno of a call that looked for something, opened it or asked
 * whether the kernel knows it. A device's refusal of a buffer is always
 * DH_EXIT_REFUSED, whatever its errno: not for this function.
 */
enum dh_status dh_status_of(int error);

/* The first of two that is no success: what is reported of two steps that both ran. */
enum dh_status dh_status_first(enum dh_status first, enum dh_status second);

/*
 * Says "dmaheapctl: SENTENCE" on stderr and returns `status`. The sentence names what
 * failed, on what, at which stage, the error text and the next step.
 */
__attribute__((format(printf, 2, 3))) enum dh_status dh_fail(enum dh_status status,
							     const char *format, ...);

/* A remark on stderr, left out by -q: one sentence without a full stop or newline. */
__attribute__((format(printf, 2, 3))) void dh_remark(const struct dh_env *env, const char *format,
						     ...);

/* What -v tells of a source: the sink of the environment's log. */
void dh_message_note(void *data, const char *sentence);

#endif
