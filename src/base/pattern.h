/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills buffers with test patterns, and verifies their contents.
 *
 * A byte depends only on the pattern and the offset of the byte, so any part of a buffer that
 * begins at a multiple of 8 bytes can be filled or verified by itself.
 */
#ifndef DH_BASE_PATTERN_H
#define DH_BASE_PATTERN_H

#include <stddef.h>
#include <stdint.h>

enum dh_pattern_kind {
	DH_PATTERN_BYTE,    /* every byte is `value` */
	DH_PATTERN_COUNTER, /* 64-bit little-endian words: each contains its index */
	DH_PATTERN_RANDOM,  /* 64-bit little-endian words: hashes of `value` and the index */
};

struct dh_pattern {
	enum dh_pattern_kind kind;
	uint64_t value;
};

/*
 * Parses "zero", "one" (0xff), "0xNN", "counter" or "random:SEED". Returns 0, -EINVAL for other
 * text, or -ERANGE if the byte or the seed is too large. `pattern` is unchanged on failure.
 */
int dh_pattern_parse(const char *text, struct dh_pattern *pattern);

/* Writes bytes [offset, offset + length) of the pattern to `memory`. `offset` is a multiple of 8.
 */
void dh_pattern_fill(const struct dh_pattern *pattern, void *memory, uint64_t offset,
		     size_t length);

/*
 * Compares `memory` with bytes [offset, offset + length) of the pattern. `offset` is a multiple of
 * 8. Returns the index in `memory` of the first byte that differs, or `length` if none differs.
 */
size_t dh_pattern_verify(const struct dh_pattern *pattern, const void *memory, uint64_t offset,
			 size_t length);

/* Returns the byte of the pattern at `offset`. */
uint8_t dh_pattern_byte(const struct dh_pattern *pattern, uint64_t offset);

#endif
