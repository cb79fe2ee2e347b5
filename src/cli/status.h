/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses, and the one sentence that goes with each failure.
 */
#ifndef DH_CLI_STATUS_H
#define DH_CLI_STATUS_H

#include <stdarg.h>

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

/*
 * Says "dmaheapctl: SENTENCE" on stderr and returns `status`. The sentence names what
 * failed, on what, at which stage, the error text and the next step. Whatever is not
 * printable ASCII is written \xNN; a name that may hold a backslash goes through
 * dh_text_escape_into() first, so that it differs from one with the byte.
 */
__attribute__((format(printf, 2, 3))) int dh_fail(enum dh_status status, const char *format, ...);

/* The same for a sentence that belongs to no status. */
__attribute__((format(printf, 1, 0))) void dh_say(const char *format, va_list args);

#endif
