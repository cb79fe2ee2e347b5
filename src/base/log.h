/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reader of facts wants to say about its sources, for `-v`.
 *
 * Rooms below frame/ do not print. They hand one sentence without a newline to
 * the log they were given, and the frame decides where it goes.
 */
#ifndef DH_BASE_LOG_H
#define DH_BASE_LOG_H

struct dh_log {
	void (*note)(void *data, const char *sentence);
	void *data;
};

/* Does nothing where `log` is NULL, so that callers need not ask. */
__attribute__((format(printf, 2, 3))) void dh_note(const struct dh_log *log, const char *format,
						   ...);

#endif
