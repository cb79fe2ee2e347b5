/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostic notes, which -v prints.
 *
 * Code below frame/ does not print. It passes one sentence without a newline to dh_note(), and
 * frame/ implements the callback.
 */
#ifndef DH_BASE_LOG_H
#define DH_BASE_LOG_H

struct dh_log {
	void (*note)(void *data, const char *sentence);
	void *data;
};

/* Does nothing if `log` or its callback is NULL. */
__attribute__((format(printf, 2, 3))) void dh_note(const struct dh_log *log, const char *format,
						   ...);

#endif
