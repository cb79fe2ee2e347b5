/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostic notes that -v prints.
 *
 * Code outside frame/ passes each note to dh_note() as one line of text without a newline. A
 * callback in frame/ prints the line.
 */
#ifndef DH_BASE_LOG_H
#define DH_BASE_LOG_H

struct dh_log {
	void (*note)(const char *sentence);
};

/*
 * Formats a note, truncates it to 1023 bytes, and passes it to the callback. `log` and its callback
 * may be NULL.
 */
__attribute__((format(printf, 2, 3))) void dh_note(const struct dh_log *log, const char *format,
						   ...);

#endif
