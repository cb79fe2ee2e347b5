// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/pattern.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/units.h"

#define WORD sizeof(uint64_t)
/* Number of bytes that verification compares at a time. */
#define BLOCK 4096

int dh_pattern_parse(const char *text, struct dh_pattern *pattern)
{
	static const char random_prefix[] = "random:";
	struct dh_pattern parsed = { .kind = DH_PATTERN_BYTE };
	int error = 0;

	if (!strcmp(text, "zero")) {
		parsed.value = 0;
	} else if (!strcmp(text, "one")) {
		parsed.value = 0xff;
	} else if (!strcmp(text, "counter")) {
		parsed.kind = DH_PATTERN_COUNTER;
	} else if (!strncmp(text, random_prefix, sizeof(random_prefix) - 1)) {
		parsed.kind = DH_PATTERN_RANDOM;
		error = dh_parse_count(text + sizeof(random_prefix) - 1, 0, UINT64_MAX,
				       &parsed.value);
	} else if (!strncmp(text, "0x", 2)) {
		error = dh_parse_count(text, 0, 0xff, &parsed.value);
	} else {
		error = -EINVAL;
	}
	if (!error)
		*pattern = parsed;
	return error;
}

/*
 * Computes a pseudo-random word from the seed and the index of the word, so that any part of the
 * pattern can be verified by itself. Two rounds of shift and multiply spread each bit of the index
 * over the word.
 */
static uint64_t scramble(uint64_t seed, uint64_t index)
{
	uint64_t word = seed + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ word >> 32) * UINT64_C(0xd6e8feb86659fd93);
	word = (word ^ word >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return word ^ word >> 32;
}

/* Returns the word at `index` as it is stored in memory. */
static inline uint64_t word_at(const struct dh_pattern *pattern, uint64_t index)
{
	switch (pattern->kind) {
	case DH_PATTERN_COUNTER:
		return htole64(index);
	case DH_PATTERN_RANDOM:
		return htole64(scramble(pattern->value, index));
	case DH_PATTERN_BYTE:
		break;
	}
	return (pattern->value & 0xff) * UINT64_C(0x0101010101010101);
}

uint8_t dh_pattern_byte(const struct dh_pattern *pattern, uint64_t offset)
{
	uint64_t word = word_at(pattern, offset / WORD);

	return ((const uint8_t *)&word)[offset % WORD];
}

void dh_pattern_fill(const struct dh_pattern *pattern, void *memory, uint64_t offset, size_t length)
{
	unsigned char *out = memory;
	size_t at = 0;

	if (pattern->kind == DH_PATTERN_BYTE) {
		memset(memory, (int)(pattern->value & 0xff), length);
		return;
	}
	for (; length - at >= WORD; at += WORD) {
		uint64_t word = word_at(pattern, (offset + at) / WORD);

		memcpy(out + at, &word, WORD);
	}
	for (; at < length; at++)
		out[at] = dh_pattern_byte(pattern, offset + at);
}

size_t dh_pattern_verify(const struct dh_pattern *pattern, const void *memory, uint64_t offset,
			 size_t length)
{
	const unsigned char *in = memory;
	unsigned char expected[BLOCK];
	size_t at = 0, size;

	for (; at < length; at += size) {
		size = length - at < BLOCK ? length - at : BLOCK;
		dh_pattern_fill(pattern, expected, offset + at, size);
		if (memcmp(in + at, expected, size) != 0)
			break;
	}
	while (at < length && in[at] == dh_pattern_byte(pattern, offset + at))
		at++;
	return at;
}
