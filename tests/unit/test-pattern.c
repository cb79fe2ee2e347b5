// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/pattern.h"

static const struct dh_pattern patterns[] = {
	{ DH_PATTERN_BYTE, 0 },
	{ DH_PATTERN_BYTE, 0xff },
	{ DH_PATTERN_BYTE, 0xa5 },
	{ DH_PATTERN_COUNTER, 0 },
	{ DH_PATTERN_RANDOM, 0 },
	{ DH_PATTERN_RANDOM, 42 },
	{ DH_PATTERN_RANDOM, UINT64_MAX },
};

TEST(names_of_patterns_are_parsed)
{
	static const struct {
		const char *text;
		enum dh_pattern_kind kind;
		uint64_t value;
	} good[] = {
		{ "zero", DH_PATTERN_BYTE, 0 },
		{ "one", DH_PATTERN_BYTE, 0xff },
		{ "0x00", DH_PATTERN_BYTE, 0 },
		{ "0x5", DH_PATTERN_BYTE, 5 },
		{ "0xa5", DH_PATTERN_BYTE, 0xa5 },
		{ "0xFF", DH_PATTERN_BYTE, 0xff },
		{ "counter", DH_PATTERN_COUNTER, 0 },
		{ "random:0", DH_PATTERN_RANDOM, 0 },
		{ "random:42", DH_PATTERN_RANDOM, 42 },
		{ "random:0x10", DH_PATTERN_RANDOM, 16 },
		{ "random:18446744073709551615", DH_PATTERN_RANDOM, UINT64_MAX },
	};
	struct dh_pattern pattern;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(dh_pattern_parse(good[i].text, &pattern), 0);
		assert_int_equal(pattern.kind, good[i].kind);
		assert_true(pattern.value == good[i].value);
	}
}

TEST(malformed_patterns_are_rejected)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{ "", -EINVAL },	  { "Zero", -EINVAL },
		{ "zeros", -EINVAL },	  { "ones", -EINVAL },
		{ "0", -EINVAL },	  { "5", -EINVAL },
		{ "a5", -EINVAL },	  { "-0x5", -EINVAL },
		{ "0x", -EINVAL },	  { "0xg", -EINVAL },
		{ "0x5 ", -EINVAL },	  { " 0x5", -EINVAL },
		{ "0x100", -ERANGE },	  { "0x10000000000000000", -ERANGE },
		{ "counter:1", -EINVAL }, { "random", -EINVAL },
		{ "random:", -EINVAL },	  { "random:-1", -EINVAL },
		{ "random:1x", -EINVAL }, { "random:18446744073709551616", -ERANGE },
	};
	struct dh_pattern pattern = { DH_PATTERN_COUNTER, 77 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(dh_pattern_parse(bad[i].text, &pattern), bad[i].error);
		assert_int_equal(pattern.kind, DH_PATTERN_COUNTER);
		assert_int_equal(pattern.value, 77);
	}
}

/* Each byte of a filled range equals dh_pattern_byte() of its offset. */
TEST(patterns_are_filled_and_verified_at_every_alignment)
{
	unsigned char memory[160];

	for (size_t p = 0; p < ARRAY_SIZE(patterns); p++) {
		for (size_t place = 0; place < 9; place++) {
			for (uint64_t offset = 0; offset < 17; offset += 8) {
				for (size_t length = 0; length < 140; length += 1 + length / 9) {
					memset(memory, 0x3c, sizeof(memory));
					dh_pattern_fill(&patterns[p], memory + place, offset,
							length);
					for (size_t i = 0; i < length; i++)
						assert_int_equal(
							memory[place + i],
							dh_pattern_byte(&patterns[p], offset + i));
					if (place)
						assert_int_equal(memory[place - 1], 0x3c);
					assert_int_equal(memory[place + length], 0x3c);
					assert_int_equal(dh_pattern_verify(&patterns[p],
									   memory + place, offset,
									   length),
							 length);
				}
			}
		}
	}
}

TEST(verify_finds_the_first_mismatch)
{
	/* dh_pattern_verify() compares blocks of 4096 bytes, so this memory spans two blocks. */
	unsigned char memory[5000];

	for (size_t p = 0; p < ARRAY_SIZE(patterns); p++) {
		for (uint64_t offset = 0; offset < 17; offset += 8) {
			dh_pattern_fill(&patterns[p], memory, offset, sizeof(memory));
			memory[sizeof(memory) - 1] ^= 0x80;
			for (size_t at = 0; at < sizeof(memory) - 1; at += 3) {
				memory[at] ^= 1;
				assert_int_equal(dh_pattern_verify(&patterns[p], memory, offset,
								   sizeof(memory)),
						 at);
				memory[at] ^= 1;
			}
			assert_int_equal(
				dh_pattern_verify(&patterns[p], memory, offset, sizeof(memory)),
				sizeof(memory) - 1);
		}
	}
}

TEST(counter_is_in_little_endian_words)
{
	static const struct dh_pattern counter = { DH_PATTERN_COUNTER, 0 };
	static const unsigned char expected[] = { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0 };
	unsigned char memory[sizeof(expected)];

	dh_pattern_fill(&counter, memory, 8, sizeof(memory));
	assert_memory_equal(memory, expected, sizeof(expected));
	/* A 32-bit offset would wrap here. */
	assert_int_equal(dh_pattern_byte(&counter, (UINT64_C(1) << 40) + 4), 0x20);
	dh_pattern_fill(&counter, memory, UINT64_C(1) << 40, sizeof(memory));
	assert_int_equal(memory[4], 0x20);
	assert_int_equal(memory[8], 1);
}

TEST(random_words_depend_on_seed_and_offset)
{
	struct dh_pattern a = { DH_PATTERN_RANDOM, 1 }, b = { DH_PATTERN_RANDOM, 2 };
	uint64_t first[512], second[512];
	unsigned int bits = 0;

	dh_pattern_fill(&a, first, 0, sizeof(first));
	dh_pattern_fill(&b, second, 0, sizeof(second));
	for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
		assert_true(first[i] != second[i]);
		for (size_t j = 0; j < i; j++)
			assert_true(first[i] != first[j]);
		bits += (unsigned int)__builtin_popcountll(first[i]);
	}
	/* About half of the 32768 bits are set. The tolerance is seven standard deviations. */
	assert_in_range(bits, 16384 - 634, 16384 + 634);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_patterns_are_parsed),
		cmocka_unit_test(malformed_patterns_are_rejected),
		cmocka_unit_test(patterns_are_filled_and_verified_at_every_alignment),
		cmocka_unit_test(verify_finds_the_first_mismatch),
		cmocka_unit_test(counter_is_in_little_endian_words),
		cmocka_unit_test(random_words_depend_on_seed_and_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
