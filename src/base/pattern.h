/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contents to write into a buffer and to look for in it.
 *
 * What stands at an offset depends on the pattern and the offset alone, so any
 * part can be written or checked by itself.
 */
#ifndef DH_BASE_PATTERN_H
#define DH_BASE_PATTERN_H

#include <stddef.h>
#include <stdint.h>

enum dh_pattern_kind {
	DH_PATTERN_BYTE,    /* every byte is `value` */
	DH_PATTERN_COUNTER, /* 64-bit little-endian words: the word's index */
	DH_PATTERN_RANDOM,  /* 64-bit words of a generator seeded with `value` and the index */
};

struct dh_pattern {
	enum dh_pattern_kind kind;
	uint64_t value;
};

/* "zero", "one" (0xff), "0xNN", "counter", "random:SEED". 0, -EINVAL or -ERANGE. */
int dh_pattern_parse(const char *text, struct dh_pattern *pattern);

/* Writes what stands at [offset, offset + length) of the pattern. */
void dh_pattern_fill(const struct dh_pattern *pattern, void *memory, uint64_t offset,
		     size_t length);

/* Returns the index of the first byte that differs, or `length` where none does. */
size_t dh_pattern_verify(const struct dh_pattern *pattern, const void *memory, uint64_t offset,
			 size_t length);

/* The byte that the pattern has at `offset`. */
uint8_t dh_pattern_byte(const struct dh_pattern *pattern, uint64_t offset);

#endif
