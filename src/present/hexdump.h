/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for people, in the form of `hexdump -C`: sixteen bytes a line, lines that
 * repeat the one above given as one "*", and the end's offset last.
 */
#ifndef DH_PRESENT_HEXDUMP_H
#define DH_PRESENT_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DH_HEXDUMP_LINE 16

struct dh_hexdump {
	FILE *out;	 /* not owned */
	uint64_t offset; /* of the line that is being gathered */
	size_t gathered;
	unsigned char line[DH_HEXDUMP_LINE];
	unsigned char above[DH_HEXDUMP_LINE];
	bool has_above;
	bool starred; /* the lines since `above` were the same, and "*" was written */
};

/* `offset` is what the first byte's line is labelled with. */
void dh_hexdump_begin(struct dh_hexdump *dump, FILE *out, uint64_t offset);

/* In pieces of any length. */
void dh_hexdump_feed(struct dh_hexdump *dump, const void *memory, size_t length);

/* Writes what is left. 0; -EIO where `out` failed at any time. */
int dh_hexdump_end(struct dh_hexdump *dump);

#endif
