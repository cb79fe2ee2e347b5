/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostic notes that -v prints.
 *
 * Layers below frame/ do not print. They pass each note to dh_note() as one sentence without a
 * newline. frame/ implements the callback that prints the note.
 */
#ifndef DH_BASE_LOG_H
#define DH_BASE_LOG_H

struct dh_log {
	void (*note)(void *data, const char *sentence);
	void *data;
};

/* Passes a note of up to 1023 bytes to the callback. `log` and its callback may be NULL. */
__attribute__((format(printf, 2, 3))) void dh_note(const struct dh_log *log, const char *format,
						   ...);

#endif
