/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A number that may be unknown.
 *
 * Zeroed memory is unknown: a field that no source filled never looks like a measured zero.
 */
#ifndef DH_BASE_MAYBE_H
#define DH_BASE_MAYBE_H

#include <stdbool.h>
#include <stdint.h>

struct dh_maybe {
	bool known;
	uint64_t value;
};

static inline struct dh_maybe dh_known(uint64_t value)
{
	return (struct dh_maybe){ .known = true, .value = value };
}

#endif
