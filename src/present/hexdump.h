/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hexadecimal dump in the format of `hexdump -C`: sixteen bytes per line, "*" in place of repeated
 * lines, and the end offset in the last line.
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
	uint64_t offset; /* offset of the current line */
	size_t length;	 /* bytes in the current line */
	unsigned char line[DH_HEXDUMP_LINE];
	unsigned char previous[DH_HEXDUMP_LINE];
	bool has_previous;
	bool starred; /* "*" was written for the lines that repeat `previous` */
};

/* Starts a dump to `out`. The first line shows `offset`. */
void dh_hexdump_begin(struct dh_hexdump *dump, FILE *out, uint64_t offset);

/* Adds `length` bytes to the dump. Writes each full line. */
void dh_hexdump_feed(struct dh_hexdump *dump, const void *memory, size_t length);

/*
 * Writes the rest of the last line and the end offset, or nothing if the dump is empty. Returns 0,
 * or -EIO after a write error.
 */
int dh_hexdump_end(struct dh_hexdump *dump);

#endif
