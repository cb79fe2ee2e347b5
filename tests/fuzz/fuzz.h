/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interface of the files fuzz-*.c, which contain one target for each kind of input. A target passes
 * arbitrary text to a parser and aborts if the result is inconsistent. tests/fuzz/run links these
 * files with libfuzzer.c, and the unit tests link them with replay.c.
 */
#ifndef DH_TESTS_FUZZ_H
#define DH_TESTS_FUZZ_H

#include <stddef.h>
#include <stdlib.h>

struct fuzz_target {
	const char *name; /* also the name of the target's directory in corpus/ */
	void (*fuzz)(const char *data, size_t size);
};

extern const struct fuzz_target fuzz_targets[]; /* the last entry has no name */

static inline void need(int truth)
{
	if (!truth)
		abort();
}

#endif
