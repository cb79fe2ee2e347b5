/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses, and messages on standard error.
 *
 * dh_text_escape() escapes every message as a whole, so callers pass names unescaped.
 */
#ifndef DH_FRAME_MESSAGE_H
#define DH_FRAME_MESSAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/root.h"
#include "frame/screen.h"
#include "present/document.h"

/* EXIT STATUS in dmaheapctl(1) contains the text of these comments, and lists further cases. */
enum dh_status {
	DH_EXIT_DONE = 0,
	DH_EXIT_ERROR = 1, /* the kernel or a device returned an error, or the work is incomplete */
	DH_EXIT_USAGE = 2,
	DH_EXIT_NOT_FOUND = 3, /* no such heap, device or buffer */
	DH_EXIT_PERMISSION = 4,
	DH_EXIT_UNSUPPORTED = 5, /* not supported by this kernel, or companion module not loaded */
	DH_EXIT_UNBALANCED = 6,	 /* references or buffers leaked */
	DH_EXIT_TIMEOUT = 7,
	DH_EXIT_AMBIGUOUS = 8, /* a class matches several heaps, and none of them is the default */
	DH_EXIT_INTERRUPTED = 130, /* interrupted; the output reports the work done until then */
};

/* The context of a command: the root, the log, and the values of the output options. */
struct dh_env {
	struct dh_root root;
	struct dh_log log;
	struct dh_style style;
	const char *command; /* name, such as "list" */
	const char *sysroot; /* NULL: the running system */
	bool quiet;	     /* -q: print no remarks, and no report on stderr */
	enum dh_colour_when colour;
	bool verbose; /* -v: log each source that is read, and report in full */
};

/*
 * Returns the exit status for the error of a lookup, of an open, or of an ioctl that the kernel may
 * lack. `error` is an errno of either sign, or 0. Do not call this function for an error from a
 * device that imports a buffer: the status for such an error is always DH_EXIT_ERROR.
 */
enum dh_status dh_status_of(int error);

/*
 * Returns the combined status of two steps that both ran: DH_EXIT_INTERRUPTED if a signal
 * interrupted one of them; otherwise `first` if it is an error, or else `second`.
 */
enum dh_status dh_status_first(enum dh_status first, enum dh_status second);

/*
 * Prints "dmaheapctl: MESSAGE" on stderr and returns `status`. The message has the form
 * "SUBJECT: attempted operation: kernel error text (cause); next step". `error` is the errno that
 * %m prints, of either sign, or 0.
 */
__attribute__((format(printf, 3, 4))) enum dh_status dh_fail(enum dh_status status, int error,
							     const char *format, ...);

/* Sets whether the prefix "dmaheapctl:" of errors is red. The default is false. */
void dh_message_set_colour(bool colour);

/*
 * Returns the parts of the first message that dh_fail() printed since the last call to
 * dh_error_clear(). The next call to dh_error_clear() frees them. The member `message` is NULL if
 * there was no such message. Returns NULL if parts are missing because memory was exhausted.
 */
const struct dh_error *dh_error_first(void);

/* Frees the first message, so that the next one becomes the first. */
void dh_error_clear(void);

/* Returns the meaning of a status, such as "no such heap, device or buffer". */
const char *dh_status_text(enum dh_status status);

/*
 * Prints "dmaheapctl: MESSAGE" on stderr unless -q was given. The message must end with neither a
 * full stop nor a newline.
 */
__attribute__((format(printf, 2, 3))) void dh_remark(const struct dh_env *env, const char *format,
						     ...);

/* Prints "dmaheapctl: MESSAGE" on stderr. With -v, the log calls this function. */
void dh_message_note(const char *message);

/* State of a search for the candidate that is most similar to a misspelled name. */
struct dh_suggestion {
	const char *typed; /* the misspelled name */
	const char *best;  /* not owned; NULL if no candidate is similar */
	size_t distance;   /* dh_text_distance() of `typed` and `best` */
};

/* Sets `best` to `candidate` if `candidate` is similar to `typed`, and more similar than `best`. */
void dh_suggestion_add(struct dh_suggestion *suggestion, const char *candidate);

#endif
