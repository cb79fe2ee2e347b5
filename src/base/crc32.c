// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/crc32.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* x^32 + x^26 + x^23 + ... + 1, the lowest power in the highest bit. */
#define POLYNOMIAL UINT32_C(0xedb88320)

/* lanes[k][b]: what byte b contributes with k more bytes behind it. */
static uint32_t lanes[8][256];

static void build(void)
{
	static bool built;

	if (built)
		return;
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t remainder = byte;

		for (int bit = 0; bit < 8; bit++)
			remainder = (remainder >> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
		lanes[0][byte] = remainder;
	}
	for (int lane = 1; lane < 8; lane++) {
		for (int byte = 0; byte < 256; byte++) {
			uint32_t before = lanes[lane - 1][byte];

			lanes[lane][byte] = (before >> 8) ^ lanes[0][before & 0xff];
		}
	}
	built = true;
}

uint32_t dh_crc32(uint32_t crc, const void *memory, size_t length)
{
	const unsigned char *at = memory;

	build();
	crc = ~crc;
	for (; length >= 8; length -= 8, at += 8) {
		uint32_t low, high;

		memcpy(&low, at, 4);
		memcpy(&high, at + 4, 4);
		low = le32toh(low) ^ crc;
		high = le32toh(high);
		crc = lanes[7][low & 0xff] ^ lanes[6][low >> 8 & 0xff] ^
		      lanes[5][low >> 16 & 0xff] ^ lanes[4][low >> 24] ^ lanes[3][high & 0xff] ^
		      lanes[2][high >> 8 & 0xff] ^ lanes[1][high >> 16 & 0xff] ^
		      lanes[0][high >> 24];
	}
	for (; length > 0; length--, at++)
		crc = (crc >> 8) ^ lanes[0][(crc ^ *at) & 0xff];
	return ~crc;
}
