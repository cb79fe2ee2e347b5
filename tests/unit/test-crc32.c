// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/crc32.h"

/* Calculates CRC-32 by its definition, bit by bit. dh_crc32() uses tables instead. */
static uint32_t plain_crc32(uint32_t crc, const unsigned char *at, size_t length)
{
	crc = ~crc;
	while (length--) {
		crc ^= *at++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ UINT32_C(0xedb88320) : crc >> 1;
	}
	return ~crc;
}

TEST(crc32_matches_published_vectors)
{
	static const struct {
		const char *text;
		uint32_t crc;
	} vectors[] = {
		{ "", 0 },
		{ "a", UINT32_C(0xe8b7be43) },
		{ "abc", UINT32_C(0x352441c2) },
		{ "123456789", UINT32_C(0xcbf43926) },
		{ "The quick brown fox jumps over the lazy dog", UINT32_C(0x414fa339) },
	};
	static const unsigned char zeros[32], ones[32] = { [0 ... 31] = 0xff };

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		assert_int_equal(dh_crc32(0, vectors[i].text, strlen(vectors[i].text)),
				 vectors[i].crc);
	assert_int_equal(dh_crc32(0, zeros, sizeof(zeros)), UINT32_C(0x190a55ad));
	assert_int_equal(dh_crc32(0, ones, sizeof(ones)), UINT32_C(0xff6cab0b));
}

TEST(crc32_matches_the_bitwise_definition)
{
	unsigned char memory[300];

	srandom(1);
	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = (unsigned char)random();
	for (size_t from = 0; from < 16; from++) {
		for (size_t length = 0; length <= sizeof(memory) - from; length++)
			assert_int_equal(dh_crc32(0, memory + from, length),
					 plain_crc32(0, memory + from, length));
	}
}

TEST(crc32_of_pieces_equals_crc32_of_the_whole)
{
	unsigned char memory[97];
	uint32_t whole;

	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = (unsigned char)(i * 7 + 3);
	whole = dh_crc32(0, memory, sizeof(memory));
	for (size_t cut = 0; cut <= sizeof(memory); cut++) {
		uint32_t crc = dh_crc32(0, memory, cut);

		assert_int_equal(dh_crc32(crc, memory + cut, sizeof(memory) - cut), whole);
	}
	for (size_t step = 1; step < 20; step++) {
		uint32_t crc = 0;

		for (size_t at = 0; at < sizeof(memory); at += step) {
			size_t left = sizeof(memory) - at;

			crc = dh_crc32(crc, memory + at, left < step ? left : step);
		}
		assert_int_equal(crc, whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32_matches_published_vectors),
		cmocka_unit_test(crc32_matches_the_bitwise_definition),
		cmocka_unit_test(crc32_of_pieces_equals_crc32_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
