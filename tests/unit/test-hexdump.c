// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "present/hexdump.h"

static char *dump(const void *memory, size_t length, size_t piece, uint64_t offset)
{
	struct dh_hexdump hexdump;
	char *text = NULL;
	size_t size, at;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	dh_hexdump_begin(&hexdump, out, offset);
	for (at = 0; at < length; at += piece)
		dh_hexdump_feed(&hexdump, (const char *)memory + at,
				length - at < piece ? length - at : piece);
	assert_int_equal(dh_hexdump_end(&hexdump), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

TEST(hexdump_has_the_format_of_hexdump_C)
{
	static const char expected[] =
		"000000f0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
		"*\n"
		"00000120  20 7e 7f 80 ff 41 0a 1b  00 00 00 00 00 00 00 00  | ~...A..........|\n"
		"00000130  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
		"*\n"
		"00000150  00 00 00                                          |...|\n"
		"00000153\n";
	unsigned char memory[0x63] = { 0 };

	memcpy(memory + 0x30,
	       " ~\x7f\x80\xff"
	       "A\n\x1b",
	       8);
	for (size_t piece = 1; piece < 40; piece++) {
		dh_auto(free) char *text = dump(memory, sizeof(memory), piece, 0xf0);

		assert_string_equal(text, expected);
	}
}

TEST(hexdump_prints_offsets_above_4_gib)
{
	dh_auto(free) char *nothing = dump("", 0, 1, 0);
	dh_auto(free) char *far = dump("a", 1, 1, UINT64_C(0x1fffffff0));

	assert_string_equal(nothing, "");
	assert_string_equal(far, "1fffffff0  61                                            "
				 "    |a|\n1fffffff1\n");
}

TEST(hexdump_reports_a_write_error)
{
	dh_auto(file) FILE *full = fopen("/dev/full", "w");
	static const char memory[70000];
	struct dh_hexdump hexdump;

	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	dh_hexdump_begin(&hexdump, full, 0);
	dh_hexdump_feed(&hexdump, memory, sizeof(memory));
	assert_int_equal(dh_hexdump_end(&hexdump), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hexdump_has_the_format_of_hexdump_C),
		cmocka_unit_test(hexdump_prints_offsets_above_4_gib),
		cmocka_unit_test(hexdump_reports_a_write_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
