/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output of a command.
 *
 * Tables and raw lines are written immediately. A JSON document is written later, because it also
 * contains the command's error, which can occur after the rows are known.
 */
#ifndef DH_FRAME_OUTPUT_H
#define DH_FRAME_OUTPUT_H

#include "frame/message.h"

struct dh_output {
	const struct dh_env *env;
	FILE *out;
	struct dh_style style; /* can differ from env->style */
	const struct dh_section *sections;
	size_t n;
};

/*
 * Formats all sections. First calls dh_interrupt_release(), because the report ends the work and a
 * write can block. Writes a table or raw lines to output->out with one call, and flushes the
 * stream. Keeps a JSON document for dh_output_flush() or dh_output_end(), but first writes the
 * previous one. Returns a status; prints the error, if any.
 */
enum dh_status dh_output_write(const struct dh_output *output);

/* Calls dh_output_write() for stdout, in the format of env->style. */
enum dh_status dh_output_print(const struct dh_env *env, const struct dh_section *sections,
			       size_t n);

/*
 * Writes the JSON document, if any, with the first error so far, and flushes stdout. Call this
 * function before a wait, and before another program writes to stdout. If this write or an earlier
 * one failed, prints the error and returns DH_EXIT_ERROR.
 */
enum dh_status dh_output_flush(void);

/*
 * Ends the output of a command whose status is `status`. If the format is JSON and the command has
 * written no document, writes a document without rows, unless `silent` is true and `status` is
 * DH_EXIT_DONE. Returns `status`. If the output could not be written, returns DH_EXIT_ERROR,
 * unless `status` is DH_EXIT_INTERRUPTED.
 */
enum dh_status dh_output_end(const struct dh_env *env, enum dh_status status, bool silent);

/*
 * Writes a JSON document with a usage error to stdout. `command` is NULL if it is unknown;
 * `message` and `hint` are the same as in struct dh_error.
 */
void dh_output_usage_error(const char *command, const char *message, const char *hint);

#endif
