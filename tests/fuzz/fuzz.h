/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz-NAME.c has: a function for each parser, which gives it any text at all and
 * aborts where what was parsed is not sound. tests/fuzz/run links it with libfuzzer.c, the
 * unit tests with replay.c.
 */
#ifndef DH_TESTS_FUZZ_H
#define DH_TESTS_FUZZ_H

#include <stddef.h>
#include <stdlib.h>

struct fuzz_target {
	const char *name; /* of its folder in corpus/, too */
	void (*fuzz)(const char *data, size_t size);
};

extern const struct fuzz_target fuzz_targets[]; /* ended by one without a name */

static inline void need(int truth)
{
	if (!truth)
		abort();
}

#endif
