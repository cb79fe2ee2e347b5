/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of the usual causes of errors, by operation and errno.
 */
#ifndef DH_MODEL_CAUSE_H
#define DH_MODEL_CAUSE_H

#include <stddef.h>

struct dh_cause {
	int operation; /* value of the table's own enum, such as enum dh_step_kind */
	int error;     /* errno, or 0 for a result without an errno */
	const char *text;
};

/* Returns the text of the first matching entry, or NULL. */
static inline const char *dh_cause_find(const struct dh_cause *causes, size_t n, int operation,
					int error)
{
	for (size_t i = 0; i < n; i++)
		if (causes[i].operation == operation && causes[i].error == error)
			return causes[i].text;
	return NULL;
}

#endif
