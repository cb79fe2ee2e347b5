// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/crc32.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* The IEEE 802.3 polynomial in reversed bit order: the highest bit is the coefficient of x^0. */
#define POLYNOMIAL UINT32_C(0xedb88320)

/* Slicing-by-8: tables[k][b] is the remainder of byte b followed by k zero bytes. */
static uint32_t tables[8][256];

static void build_tables(void)
{
	static bool built;

	if (built)
		return;
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t remainder = byte;

		for (int bit = 0; bit < 8; bit++)
			remainder = (remainder >> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
		tables[0][byte] = remainder;
	}
	for (int k = 1; k < 8; k++) {
		for (int byte = 0; byte < 256; byte++) {
			uint32_t previous = tables[k - 1][byte];

			tables[k][byte] = (previous >> 8) ^ tables[0][previous & 0xff];
		}
	}
	built = true;
}

uint32_t dh_crc32(uint32_t crc, const void *memory, size_t length)
{
	const unsigned char *at = memory;

	build_tables();
	crc = ~crc;
	for (; length >= 8; length -= 8, at += 8) {
		uint32_t low, high;

		memcpy(&low, at, 4);
		memcpy(&high, at + 4, 4);
		low = le32toh(low) ^ crc;
		high = le32toh(high);
		crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^
		      tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24] ^ tables[3][high & 0xff] ^
		      tables[2][high >> 8 & 0xff] ^ tables[1][high >> 16 & 0xff] ^
		      tables[0][high >> 24];
	}
	for (; length > 0; length--, at++)
		crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xff];
	return ~crc;
}
