// SPDX-License-Identifier: GPL-2.0-or-later
#include "document-text.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

static void expect(const struct dh_style *style, const struct dh_section *sections, size_t n,
		   const char *expected)
{
	dh_auto(free) char *text = document_text(style, sections, n);

	assert_string_equal(text, expected);
}

/* --- A schema with six kinds of cells --------------------------------------- */

struct sample {
	const char *text;
	struct dh_maybe number;
};

/* clang-format off */
static const struct dh_column columns[] = {
	{ "TEXT", "text", DH_SHOWN, DH_VALUE(struct sample, text, TEXT), .help = "text" },
	{ "BYTES", "bytes", DH_SHOWN | DH_RIGHT, DH_VALUE(struct sample, number, BYTES),
	  .help = "bytes" },
	{ "COUNT", "n", 0, DH_VALUE(struct sample, number, COUNT), .help = "count",
	  .heading = "COUNT(OF)" },
	{ "TIME", "time_ns", 0, DH_VALUE(struct sample, number, DURATION), .help = "duration" },
	{ "RATE", "rate", 0, DH_VALUE(struct sample, number, RATE), .help = "rate" },
	{ "TRUTH", "truth", 0, DH_VALUE(struct sample, number, TRUTH), .help = "truth" },
};
/* clang-format on */

static const struct dh_schema schema = { .key = "samples",
					 .columns = columns,
					 .n = ARRAY_SIZE(columns) };
static const struct dh_schema record_schema = { .key = "total",
						.columns = columns,
						.n = ARRAY_SIZE(columns) };

static struct dh_section rows_of(const struct sample *rows, size_t n)
{
	return (struct dh_section){
		.schema = &schema, .rows = rows, .stride = sizeof(*rows), .n = n
	};
}

/* --- Choosing columns -------------------------------------------------------- */

static void expect_choice(const char *spec, bool all, const char *expected)
{
	const struct dh_column **chosen;
	char unknown[64], names[256] = "";
	size_t n;

	assert_int_equal(dh_columns_choose(&schema, spec, all, &chosen, &n, unknown), 0);
	for (size_t i = 0; i < n; i++) {
		strcat(names, i ? " " : "");
		strcat(names, chosen[i]->name);
	}
	free(chosen);
	assert_string_equal(names, expected);
}

static void expect_unknown(const char *spec, const char *expected)
{
	const struct dh_column **chosen;
	char unknown[64];
	size_t n;

	assert_int_equal(dh_columns_choose(&schema, spec, false, &chosen, &n, unknown), -EINVAL);
	assert_string_equal(unknown, expected);
}

TEST(columns_are_chosen_by_name_or_key)
{
	expect_choice(NULL, false, "TEXT BYTES");
	expect_choice(NULL, true, "TEXT BYTES COUNT TIME RATE TRUTH");
	expect_choice("time,text", false, "TIME TEXT");
	expect_choice("time,text", true, "TIME TEXT");
	expect_choice("TIME,Time,time", false, "TIME");
	expect_choice("time_ns,n", false, "TIME COUNT");
	expect_choice("+truth", false, "TEXT BYTES TRUTH");
	expect_choice("+bytes,truth,text", false, "TEXT BYTES TRUTH");
	expect_choice("+truth", true, "TEXT BYTES COUNT TIME RATE TRUTH");
}

TEST(unknown_column_is_named_in_the_error)
{
	char longer[200];

	expect_unknown("", "");
	expect_unknown("+", "");
	expect_unknown(",", "");
	expect_unknown("text,", "");
	expect_unknown("text,nosuch", "nosuch");
	expect_unknown("tex", "tex");
	expect_unknown("textt", "textt");
	expect_unknown("++text", "+text");
	expect_unknown(" text", " text");

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	expect_unknown(longer, longer + sizeof(longer) - 1 - 63);
}

/* --- JSON ------------------------------------------------------------------------ */

static const struct dh_style json = { .format = DH_FORMAT_JSON, .headings = true };

/* Asserts that the JSON string for `text` is `expected`. */
static void expect_json_text(const char *text, const char *expected)
{
	const struct dh_style style = { .format = DH_FORMAT_JSON, .columns = "text" };
	const struct sample row = { .text = text };
	const struct dh_section section = rows_of(&row, 1);
	dh_auto(free) char *got = document_text(&style, &section, 1);
	char *start = strstr(got, "\"text\":");

	assert_non_null(start);
	start += strlen("\"text\":");
	start[strcspn(start, "\n")] = '\0';
	assert_string_equal(start, expected);
}

TEST(json_escapes_control_characters_and_invalid_utf8)
{
	expect_json_text("linux,cma", "\"linux,cma\"");
	expect_json_text("", "\"\"");
	expect_json_text("/dev/x", "\"/dev/x\"");
	expect_json_text("a\"b", "\"a\\\"b\"");
	/* An invalid byte and the text of its escape result in different JSON strings. */
	expect_json_text("\xff", "\"\\\\xff\"");
	expect_json_text("\\xff", "\"\\\\x5cxff\"");
	expect_json_text("\x1b[31m", "\"\\u001b[31m\"");
	expect_json_text("a\nb", "\"a\\nb\"");
	expect_json_text("\x7f", "\"\\u007f\"");
	/* Valid UTF-8 outside ASCII becomes \u escapes, even controls and direction overrides. */
	expect_json_text("caf\xc3\xa9", "\"caf\\u00e9\"");
	expect_json_text("\xe2\x82\xac", "\"\\u20ac\"");
	expect_json_text("\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\"");
	expect_json_text("\xc2\x9b[31m", "\"\\u009b[31m\"");
	expect_json_text("\xe2\x80\xae", "\"\\u202e\"");
	/* Invalid UTF-8: a stray byte, a truncated and an overlong sequence, and a surrogate. */
	expect_json_text("bad\xff", "\"bad\\\\xff\"");
	expect_json_text("\xc3", "\"\\\\xc3\"");
	expect_json_text("\xc0\xaf", "\"\\\\xc0\\\\xaf\"");
	expect_json_text("\xed\xa0\x80", "\"\\\\xed\\\\xa0\\\\x80\"");
}

/* Asserts that the JSON without blanks and newlines is `expected`, with ' instead of ". */
static void expect_json(const struct dh_style *style, const struct dh_section *sections, size_t n,
			const char *expected)
{
	dh_auto(free) char *text = document_text(style, sections, n);
	char *end = text;

	for (const char *c = text; *c; c++)
		if (!strchr(" \n", *c))
			*end++ = *c == '"' ? '\'' : *c;
	*end = '\0';
	assert_string_equal(text, expected);
}

TEST(json_has_the_same_shape_for_any_number_of_rows)
{
	const struct sample rows[] = {
		{ .text = "one", .number = { .known = true, .value = 1 } },
		{ .text = NULL },
	};
	const struct dh_section none = rows_of(rows, 0), two = rows_of(rows, 2);
	const struct dh_section record = { .schema = &record_schema,
					   .rows = rows,
					   .n = 1,
					   .stride = sizeof(*rows),
					   .record = true };
	const struct dh_section no_record = { .schema = &record_schema, .record = true };
	const struct dh_style some = { .format = DH_FORMAT_JSON, .columns = "n,text" };
	const struct dh_section both[] = { two, record }, neither[] = { none, no_record };

	expect_json(&json, &none, 1, "{'schema':1,'samples':[]}");
	expect_json(&json, &two, 1,
		    "{'schema':1,'samples':["
		    "{'text':'one','bytes':1,'n':1,'time_ns':1,'rate':1,'truth':true},"
		    "{'text':null,'bytes':null,'n':null,'time_ns':null,"
		    "'rate':null,'truth':null}]}");
	/* The choice of columns applies only to the rows. The record contains all columns. */
	expect_json(&some, both, 2,
		    "{'schema':1,'samples':[{'n':1,'text':'one'},{'n':null,'text':null}],"
		    "'total':{'text':'one','bytes':1,'n':1,'time_ns':1,'rate':1,'truth':true}}");
	expect_json(&json, neither, 2, "{'schema':1,'samples':[],'total':null}");
}

TEST(json_prints_64_bit_integers_in_full)
{
	const struct dh_style style = { .format = DH_FORMAT_JSON, .columns = "bytes" };
	const struct sample rows[] = {
		{ .number = { .known = true, .value = 0 } },
		{ .number = { .known = true, .value = INT64_MAX } },
		{ .number = { .known = true, .value = UINT64_MAX } },
	};
	const struct dh_section section = rows_of(rows, 3);
	dh_auto(free) char *text = document_text(&style, &section, 1);

	assert_non_null(strstr(text, "\"bytes\":0\n"));
	assert_non_null(strstr(text, "\"bytes\":9223372036854775807\n"));
	assert_non_null(strstr(text, "\"bytes\":18446744073709551615\n"));
}

/* --- Tables and --raw --------------------------------------------------------------- */

TEST(table_aligns_columns_and_escapes_text)
{
	const struct dh_style style = { .format = DH_FORMAT_TABLE, .headings = true };
	const struct dh_style bare = { .format = DH_FORMAT_TABLE, .columns = "count,truth" };
	const struct dh_style headed = { .format = DH_FORMAT_TABLE,
					 .headings = true,
					 .columns = "count,truth" };
	const struct sample rows[] = {
		{ .text = "a b", .number = { .known = true, .value = 4 << 20 } },
		{ .text = NULL },
		{ .text = "", .number = { .known = true, .value = 0 } },
		{ .text = "\x1b]0;x\x07", .number = { .known = true, .value = 1 } },
	};
	const struct dh_section section = rows_of(rows, 4), none = rows_of(rows, 0);

	expect(&style, &section, 1,
	       "TEXT         BYTES\n"
	       "a b             4M\n"
	       "-                -\n"
	       "-               0B\n"
	       "\\x1b]0;x\\x07    1B\n");
	expect(&bare, &section, 1, "4194304 yes\n-       -\n0       no\n1       yes\n");
	expect(&headed, &section, 1,
	       "COUNT(OF) TRUTH\n4194304   yes\n-         -\n0         no\n1         yes\n");
	expect(&style, &none, 1, "");
}

TEST(table_breaks_lines_before_it_prints_records)
{
	static const struct dh_column wrapped[] = {
		{ "TEXT", "text", DH_SHOWN | DH_WRAP, DH_VALUE(struct sample, text, TEXT) },
		{ "COUNT", "n", DH_SHOWN, DH_VALUE(struct sample, number, COUNT) },
	};
	const struct dh_schema wrapping = { .key = "samples", .columns = wrapped, .n = 2 };
	struct dh_style style = { .format = DH_FORMAT_TABLE, .headings = true };
	const struct sample rows[] = {
		{ .text = "four words of  a-sentence", .number = { .known = true, .value = 1 } },
		{ .text = "short" },
	};
	struct dh_section section = rows_of(rows, 2);

	section.schema = &wrapping;
	style.width = 31;
	expect(&style, &section, 1,
	       "TEXT                      COUNT\n"
	       "four words of  a-sentence 1\n"
	       "short                     -\n");
	style.width = 30;
	expect(&style, &section, 1,
	       "TEXT           COUNT\n"
	       "four words of  1\n"
	       "a-sentence     \n"
	       "short          -\n");
	style.width = 25;
	expect(&style, &section, 1,
	       "TEXT  four words of \n      a-sentence\nCOUNT 1\n\nTEXT  short\nCOUNT -\n");
	/* If the headings fill the width, the text is neither broken nor truncated. */
	style.width = 1;
	expect(&style, &section, 1,
	       "TEXT  four words of  a-sentence\nCOUNT 1\n\nTEXT  short\nCOUNT -\n");
	section.n = 0;
	expect(&style, &section, 1, "");
}

TEST(table_breaks_lines_at_columns_not_bytes)
{
	static const struct dh_column wrapped[] = {
		{ "TEXT", "text", DH_SHOWN | DH_WRAP, DH_VALUE(struct sample, text, TEXT) },
	};
	const struct dh_schema wrapping = { .key = "samples", .columns = wrapped, .n = 1 };
	const struct dh_style style = { .format = DH_FORMAT_TABLE, .width = 20 };
	/* A combining accent adds no column, and a Chinese character occupies two columns. */
	const struct sample rows[] = {
		{ .text = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 e\xcc\x81 345678 x end" },
		{ .text = "\xe6\x97\xa5\xe6\x9c\xac \xe6\x97\xa5\xe6\x9c\xac 123456789 x end" },
	};
	struct dh_section section = rows_of(rows, 2);

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	section.schema = &wrapping;
	expect(&style, &section, 1,
	       "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 e\xcc\x81 345678 x end\n"
	       "\xe6\x97\xa5\xe6\x9c\xac \xe6\x97\xa5\xe6\x9c\xac 123456789\nx end\n");
	setlocale(LC_CTYPE, "C");
}

TEST(table_marks_records_for_a_screen)
{
	struct dh_style style = {
		.format = DH_FORMAT_TABLE, .headings = true, .width = 5, .marked = true
	};
	const struct sample rows[] = { { .text = "one" }, { .text = "two" } };
	const struct dh_section section = rows_of(rows, 2);

	expect(&style, &section, 1, "\fTEXT  one\nBYTES -\n\n\fTEXT  two\nBYTES -\n");
}

TEST(table_prints_a_record_after_the_rows)
{
	const struct dh_style style = { .format = DH_FORMAT_TABLE,
					.headings = true,
					.columns = "text" };
	const struct sample row = { .text = "one", .number = { .known = true, .value = 1500 } };
	const struct dh_section record = { .schema = &record_schema,
					   .rows = &row,
					   .n = 1,
					   .stride = sizeof(row),
					   .record = true };
	const struct dh_section no_record = { .schema = &record_schema, .record = true };
	const struct dh_section both[] = { rows_of(&row, 1), record };
	const struct dh_section rows_only[] = { rows_of(&row, 1), no_record };
	const struct dh_section record_only[] = { rows_of(&row, 0), record };

	expect(&style, both, 2, "TEXT\none\n\nTEXT  one\nBYTES 1.4K\n");
	expect(&style, rows_only, 2, "TEXT\none\n");
	expect(&style, record_only, 2, "TEXT  one\nBYTES 1.4K\n");
}

TEST(table_prints_a_record_as_a_line_if_it_fits)
{
	const struct dh_style narrow = { .format = DH_FORMAT_TABLE, .headings = true, .width = 8 };
	const struct dh_style style = { .format = DH_FORMAT_TABLE, .headings = true };
	const struct sample row = { .text = "one", .number = { .known = true, .value = 1500 } };
	const struct dh_section line = { .schema = &record_schema,
					 .rows = &row,
					 .n = 1,
					 .stride = sizeof(row),
					 .record = true,
					 .line = true };

	expect(&style, &line, 1, "TEXT BYTES\none   1.4K\n");
	expect(&narrow, &line, 1, "TEXT  one\nBYTES 1.4K\n");
}

TEST(raw_prints_one_word_for_each_cell)
{
	const struct dh_style style = { .format = DH_FORMAT_RAW, .headings = true };
	const struct dh_style bare = { .format = DH_FORMAT_RAW, .columns = "text" };
	const struct dh_style numbers = { .format = DH_FORMAT_RAW,
					  .columns = "bytes,count,time,rate,truth" };
	const struct sample rows[] = {
		{ .text = " a  b\t", .number = { .known = true, .value = 5000 } },
		{ .text = NULL },
		{ .text = "-", .number = { .known = true, .value = 1 } },
		{ .text = "" },
		{ .text = "a\\x20b\n" },
		{ .text = "\xc3\xa9\xff" },
	};
	const struct dh_section section = rows_of(rows, ARRAY_SIZE(rows)), two = rows_of(rows, 2);
	const struct dh_section record = { .schema = &record_schema,
					   .rows = rows,
					   .n = 1,
					   .stride = sizeof(*rows),
					   .record = true };
	const struct dh_section both[] = { two, record };

	expect(&style, both, 2, "TEXT BYTES\n\\x20a\\x20\\x20b\\x09 5000\n- -\n");
	expect(&bare, &section, 1,
	       "\\x20a\\x20\\x20b\\x09\n-\n\\x2d\n-\na\\x5cx20b\\x0a\n\\xc3\\xa9\\xff\n");
	expect(&numbers, &two, 1, "5000 5000 5000 5000 yes\n- - - - -\n");
}

TEST(document_rejects_an_unknown_column)
{
	const struct sample row = { .text = "x" };
	const struct dh_section section = rows_of(&row, 1);

	for (int format = DH_FORMAT_TABLE; format <= DH_FORMAT_JSON; format++) {
		const struct dh_style style = { .format = (enum dh_format)format,
						.columns = "nosuch" };

		assert_int_equal(document_write(stdout, &style, &section, 1), -EINVAL);
	}
}

TEST(document_reports_a_full_disk)
{
	struct sample rows[2000];
	const struct dh_section section = rows_of(rows, ARRAY_SIZE(rows));

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i] = (struct sample){ .text = "filling a buffer of stdio" };

	for (int format = DH_FORMAT_TABLE; format <= DH_FORMAT_JSON; format++) {
		const struct dh_style style = { .format = (enum dh_format)format };
		FILE *full = fopen("/dev/full", "w");

		assert_non_null(full);
		assert_int_equal(document_write(full, &style, &section, 1), -EIO);
		fclose(full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_chosen_by_name_or_key),
		cmocka_unit_test(unknown_column_is_named_in_the_error),
		cmocka_unit_test(json_escapes_control_characters_and_invalid_utf8),
		cmocka_unit_test(json_has_the_same_shape_for_any_number_of_rows),
		cmocka_unit_test(json_prints_64_bit_integers_in_full),
		cmocka_unit_test(table_aligns_columns_and_escapes_text),
		cmocka_unit_test(table_breaks_lines_before_it_prints_records),
		cmocka_unit_test(table_breaks_lines_at_columns_not_bytes),
		cmocka_unit_test(table_marks_records_for_a_screen),
		cmocka_unit_test(table_prints_a_record_after_the_rows),
		cmocka_unit_test(table_prints_a_record_as_a_line_if_it_fits),
		cmocka_unit_test(raw_prints_one_word_for_each_cell),
		cmocka_unit_test(document_rejects_an_unknown_column),
		cmocka_unit_test(document_reports_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
