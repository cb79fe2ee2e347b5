// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

static void expect_escaped(const char *text, const char *expected)
{
	dh_auto(free) char *got = dh_text_escape(text);

	assert_string_equal(got, expected);
}

TEST(escape_covers_control_characters_and_backslash)
{
	expect_escaped("", "");
	expect_escaped("protected,secure-video", "protected,secure-video");
	expect_escaped("memory@42000000", "memory@42000000");
	expect_escaped("a b", "a b");
	expect_escaped("\x1b[31mred", "\\x1b[31mred");
	expect_escaped("a\nb\tc", "a\\x0ab\\x09c");
	expect_escaped("back\\slash", "back\\x5cslash");
	expect_escaped("\x7f", "\\x7f");
	expect_escaped("caf\xc3\xa9", "caf\\xc3\\xa9");
	expect_escaped("\xff\xfe", "\\xff\\xfe");
}

TEST(utf8_locale_leaves_printable_characters_unchanged)
{
	static const char *const printable[] = {
		"caf\xc3\xa9",
		"\xe2\x82\xac",
		"\xe6\x97\xa5\xe6\x9c\xac",
		"\xf0\x9f\x98\x80",
		"e\xcc\x81" /* combining accent */,
		"\xd7\xa9" /* Hebrew */,
	};
	char out[8];

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(printable); i++)
		expect_escaped(printable[i], printable[i]);
	assert_int_equal(dh_text_width("caf\xc3\xa9"), 4);
	assert_int_equal(dh_text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	assert_int_equal(dh_text_width("e\xcc\x81x"), 2);
	assert_string_equal(dh_text_escape_into("12345\xe2\x82\xac", out, sizeof(out)), "12345");

	expect_escaped("\xc2\x9b[31m", "\\xc2\\x9b[31m");	    /* C1 control character */
	expect_escaped("\xc2\xad", "\\xc2\\xad");		    /* soft hyphen */
	expect_escaped("\xe2\x80\xae", "\\xe2\\x80\\xae");	    /* right-to-left override */
	expect_escaped("\xe2\x81\xa6", "\\xe2\\x81\\xa6");	    /* left-to-right isolate */
	expect_escaped("\xe2\x80\x8b", "\\xe2\\x80\\x8b");	    /* zero width space */
	expect_escaped("\xe2\x80\xa8", "\\xe2\\x80\\xa8");	    /* line separator */
	expect_escaped("\xee\x80\x80", "\\xee\\x80\\x80");	    /* private use */
	expect_escaped("\xf4\x80\x80\x80", "\\xf4\\x80\\x80\\x80"); /* private use */
	expect_escaped("\xf3\xa0\x80\xa0", "\\xf3\\xa0\\x80\\xa0"); /* tag */
	expect_escaped("\xcd\xb8", "\\xcd\\xb8");		    /* unassigned */
	expect_escaped("\xcc\x81", "\\xcc\\x81");		    /* accent without a base */
	expect_escaped("a\\\xff\x1b", "a\\x5c\\xff\\x1b");
	expect_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
	expect_escaped("\xc0\xaf", "\\xc0\\xaf");	   /* overlong */
	setlocale(LC_CTYPE, "C");
	expect_escaped("caf\xc3\xa9", "caf\\xc3\\xa9");
}

TEST(letters_are_compared_without_case)
{
	assert_true(dh_text_same_letters("SIZE-id", "size-ID", 8));
	assert_false(dh_text_same_letters("size", "sizes", 5));
	assert_true(dh_text_same_letters("size", "sizes", 4));
	assert_false(dh_text_same_letters("[", "{", 1));
}

TEST(cut_text_has_no_partial_escape)
{
	char out[6];

	/* An escape that does not fit is omitted, because a partial escape cannot be decoded. */
	assert_string_equal(dh_text_escape_into("ab\x1b", out, sizeof(out)), "ab");
	assert_string_equal(dh_text_escape_into("a\x1b", out, sizeof(out)), "a\\x1b");
	assert_string_equal(dh_text_escape_into("abcdefgh", out, sizeof(out)), "abcde");
	assert_string_equal(dh_text_escape_into("abc", out, 1), "");
}

TEST(invalid_utf8_is_detected)
{
	static const char *const good[] = { "",
					    "plain",
					    "caf\xc3\xa9",
					    "\xe2\x82\xac",
					    "\xf0\x9f\x98\x80",
					    "\xf4\x8f\xbf\xbf",
					    "\xed\x9f\xbf" };
	static const char *const bad[] = { "\x80",
					   "\xff",
					   "\xc3",
					   "\xc0\x80",
					   "\xc1\xbf",
					   "\xe0\x80\x80",
					   "\xed\xa0\x80",
					   "\xf0\x80\x80\x80",
					   "\xf4\x90\x80\x80",
					   "\xf5\x80\x80\x80",
					   "\xe2\x82",
					   "a\xe2\x82z" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(dh_text_is_utf8(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(dh_text_is_utf8(bad[i]));
}

TEST(natural_order_compares_numbers_by_value)
{
	/* The texts are in ascending order. Only equal texts compare as equal. */
	static const char *const sorted[] = { "",      "buf",	  "buf01", "buf1", "buf2",
					      "buf10", "buf10,a", "bufx",  "\xff", NULL };

	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
			int order = dh_text_compare(sorted[i], sorted[j]);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
}

TEST(distance_counts_edits)
{
	char long_word[80];

	assert_int_equal(dh_text_distance("", ""), 0);
	assert_int_equal(dh_text_distance("list", "list"), 0);
	assert_int_equal(dh_text_distance("lsit", "list"), 2);
	assert_int_equal(dh_text_distance("alocate", "alloc"), 4);
	assert_int_equal(dh_text_distance("", "map"), 3);
	assert_int_equal(dh_text_distance("export", "exprt"), 1);

	memset(long_word, 'x', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	assert_true(dh_text_distance(long_word, "x") == SIZE_MAX);
	assert_true(dh_text_distance("x", long_word) == SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escape_covers_control_characters_and_backslash),
		cmocka_unit_test(utf8_locale_leaves_printable_characters_unchanged),
		cmocka_unit_test(letters_are_compared_without_case),
		cmocka_unit_test(cut_text_has_no_partial_escape),
		cmocka_unit_test(invalid_utf8_is_detected),
		cmocka_unit_test(natural_order_compares_numbers_by_value),
		cmocka_unit_test(distance_counts_edits),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
