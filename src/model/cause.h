/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an error usually means, by the operation that returned it.
 */
#ifndef DH_MODEL_CAUSE_H
#define DH_MODEL_CAUSE_H

#include <stddef.h>

struct dh_cause {
	int operation; /* of an enum that the table's file knows */
	int error;     /* errno; 0 where the operation was refused without one */
	const char *text;
};

/* The text of the first of `n` causes with that operation and error; NULL where there is none. */
static inline const char *dh_cause_find(const struct dh_cause *causes, size_t n, int operation,
					int error)
{
	for (size_t i = 0; i < n; i++)
		if (causes[i].operation == operation && causes[i].error == error)
			return causes[i].text;
	return NULL;
}

#endif
