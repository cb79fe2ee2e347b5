/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses, messages on standard error, and the output of a command.
 *
 * Every message is escaped as a whole: non-printable and non-ASCII bytes, and the backslash,
 * become \xNN. Callers therefore pass names unescaped.
 */
#ifndef DH_FRAME_MESSAGE_H
#define DH_FRAME_MESSAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/root.h"
#include "present/document.h"

/* dmaheapctl(1), section EXIT STATUS, quotes the comments. */
enum dh_status {
	DH_EXIT_DONE = 0,
	DH_EXIT_ERROR = 1, /* the kernel or the device returned an error, or only part was done */
	DH_EXIT_USAGE = 2,
	DH_EXIT_NOT_FOUND = 3, /* no such heap, device or buffer */
	DH_EXIT_PERMISSION = 4,
	DH_EXIT_UNSUPPORTED = 5, /* by this kernel, or the companion module is not loaded */
	DH_EXIT_UNBALANCED = 6,	 /* the accounts do not balance */
	DH_EXIT_TIMEOUT = 7,
};

/* The environment that every command gets. */
struct dh_env {
	struct dh_root root;
	struct dh_log log;
	struct dh_style style;
	const char *sysroot; /* NULL: the running system */
	bool quiet;	     /* -q: only errors on stderr */
	bool verbose;	     /* -v: log each source that is read */
};

/*
 * Returns the status for the -errno of a lookup or an open, or of an ioctl that the kernel may
 * lack. Do not use it for errors of a device that imports a buffer: these are DH_EXIT_ERROR.
 */
enum dh_status dh_status_of(int error);

/* Combines the statuses of two steps that both ran: the first one that is an error. */
enum dh_status dh_status_first(enum dh_status first, enum dh_status second);

/*
 * Prints "dmaheapctl: MESSAGE" on stderr and returns `status`. The message has the form
 * "SUBJECT: attempted operation: kernel error text (cause); next step".
 */
__attribute__((format(printf, 2, 3))) enum dh_status dh_fail(enum dh_status status,
							     const char *format, ...);

/* Prints a remark on stderr unless -q was given. No full stop, no newline. */
__attribute__((format(printf, 2, 3))) void dh_remark(const struct dh_env *env, const char *format,
						     ...);

/* Prints one message. The log of -v calls it. */
void dh_message_note(void *data, const char *message);

/* Selects the candidate that is most similar to a misspelled name. */
struct dh_suggestion {
	const char *typed;
	const char *best; /* borrowed; NULL while no candidate is similar */
	size_t distance;  /* of `best` */
};

void dh_suggestion_add(struct dh_suggestion *suggestion, const char *candidate);

struct dh_output {
	FILE *out;
	struct dh_style style;
	const struct dh_section *sections;
	size_t n;
};

/* Writes all sections with one call and flushes. Returns a status; prints the error, if any. */
enum dh_status dh_output_write(const struct dh_output *output);

/* Writes the sections to stdout, in the format that the options select. */
enum dh_status dh_output_print(const struct dh_env *env, const struct dh_section *sections,
			       size_t n);

/* Flushes stdout. Returns a status; prints the error of this write or an earlier one, if any. */
enum dh_status dh_output_flush(void);

#endif
