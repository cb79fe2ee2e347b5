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

/* Returns a - b, or unknown if either is unknown or `b` exceeds `a`. */
static inline struct dh_maybe dh_minus(struct dh_maybe a, struct dh_maybe b)
{
	if (!a.known || !b.known || b.value > a.value)
		return (struct dh_maybe){ 0 };
	return dh_known(a.value - b.value);
}

/* Returns a - b, which can be negative (cast it to int64_t), or unknown if either is unknown. */
static inline struct dh_maybe dh_signed_minus(struct dh_maybe a, struct dh_maybe b)
{
	if (!a.known || !b.known)
		return (struct dh_maybe){ 0 };
	return dh_known(a.value - b.value);
}

/* Adds `more` to `*sum`, which becomes unknown if `more` is unknown. */
static inline void dh_maybe_add(struct dh_maybe *sum, struct dh_maybe more)
{
	sum->known = sum->known && more.known;
	sum->value += more.value;
}

#endif
