/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A number that may be unknown.
 *
 * A zeroed struct dh_maybe is an unknown number, so an unset field does not look like a measured 0.
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
