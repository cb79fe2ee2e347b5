// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/stream.h"
#include "base/units.h"
#include "frame/message.h"
#include "frame/progress.h"
#include "frame/screen.h"
#include "model/tally.h"

static void expect_size(const char *text, int ret, uint64_t expected)
{
	uint64_t got = 4711;

	assert_int_equal(dh_parse_size(text, &got), ret);
	assert_int_equal(got, ret ? 4711 : expected);
}

TEST(sizes_are_parsed)
{
	expect_size("4096", 0, 4096);
	expect_size("0x1000", 0, 4096);
	expect_size("0X10", 0, 16);
	expect_size("4K", 0, 4096);
	expect_size("4k", 0, 4096);
	expect_size("4KiB", 0, 4096);
	expect_size("4M", 0, 4 << 20);
	expect_size("2GiB", 0, UINT64_C(2) << 30);
	expect_size("1T", 0, UINT64_C(1) << 40);
	expect_size("1kB", 0, 1000);
	expect_size("1MB", 0, 1000000);
	expect_size("3GB", 0, UINT64_C(3000000000));
	expect_size("0x10K", 0, 16384);
	expect_size("18446744073709551615", 0, UINT64_MAX);
	expect_size("0xffffffffffffffff", 0, UINT64_MAX);
	expect_size("16777215T", 0, UINT64_C(16777215) << 40);

	expect_size("18446744073709551616", -ERANGE, 0);
	expect_size("16777216T", -ERANGE, 0);
	expect_size("17179869184G", -ERANGE, 0);
	expect_size("99999999999999999999999", -ERANGE, 0);
	for (size_t i = 0; i < 17; i++) {
		static const char *const bad[] = { "",	 "0",	"0K",  "-1",   "+1",   " 1",
						   "1 ", "1 K", "K",   "0x",   "0xg",  "4kiB",
						   "4m", "4KB", "4Ki", "1.5M", "4KiBB" };
		expect_size(bad[i], -EINVAL, 0);
	}
}

TEST(offset_can_be_zero)
{
	uint64_t got = 1;

	assert_int_equal(dh_parse_offset("0", &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(dh_parse_offset("0x0", &got), 0);
	assert_int_equal(dh_parse_offset("-0", &got), -EINVAL);
}

static void expect_duration(const char *text, int ret, uint64_t expected)
{
	uint64_t got = 4711;

	assert_int_equal(dh_parse_duration(text, &got), ret);
	assert_int_equal(got, ret ? 4711 : expected);
}

TEST(durations_are_parsed)
{
	expect_duration("10", 0, UINT64_C(10000000000));
	expect_duration("1.5s", 0, 1500000000);
	expect_duration("200ms", 0, 200000000);
	expect_duration("7us", 0, 7000);
	expect_duration("9ns", 0, 9);
	expect_duration("5m", 0, UINT64_C(300000000000));
	expect_duration("0.5h", 0, UINT64_C(1800000000000));
	expect_duration("1.999999h", 0, UINT64_C(7199996400000));
	expect_duration("0", 0, 0);
	expect_duration("0.1234567890123", 0, 123456000);
	expect_duration("18446744073709551615ns", 0, UINT64_MAX);

	expect_duration("18446744073709551615.9us", -ERANGE, 0);
	expect_duration("5124096h", -ERANGE, 0);
	for (size_t i = 0; i < 11; i++) {
		static const char *const bad[] = { "",	  "-1",	  "1.",	  ".5",	    "1 s",     "s",
						   "1e3", "1sec", "0x1s", "1.5.5s", "infinity" };
		expect_duration(bad[i], -EINVAL, 0);
	}
}

static void expect_flags(const char *text, int ret, uint32_t expected)
{
	uint32_t got = 4711;

	assert_int_equal(dh_parse_fd_flags(text, &got), ret);
	assert_int_equal(got, ret ? 4711 : expected);
}

TEST(fd_flags_are_parsed_and_printed)
{
	char text[DH_UNIT_MAX];

	expect_flags("rdonly", 0, O_RDONLY);
	expect_flags("wronly", 0, O_WRONLY);
	expect_flags("rdwr,cloexec", 0, O_RDWR | O_CLOEXEC);
	expect_flags("cloexec|rdwr", 0, O_RDWR | O_CLOEXEC);
	expect_flags("cloexec", 0, O_CLOEXEC);
	expect_flags("0", 0, 0);
	expect_flags("0x80000", 0, O_CLOEXEC);
	expect_flags("0xffffffff", 0, UINT32_MAX);
	expect_flags("0x100000000", -ERANGE, 0);
	for (size_t i = 0; i < 10; i++) {
		static const char *const bad[] = { "",	   "rdwr,", ",rdwr", "rdwr,rdonly",
						   "RDWR", "rdwrx", "rd",    "rdwr cloexec",
						   "-1",   "0x" };
		expect_flags(bad[i], -EINVAL, 0);
	}

	assert_string_equal(dh_format_fd_flags(O_RDWR | O_CLOEXEC, text), "rdwr,cloexec");
	assert_string_equal(dh_format_fd_flags(O_RDONLY, text), "rdonly");
	assert_string_equal(dh_format_fd_flags(3, text), "accmode");
	assert_string_equal(dh_format_fd_flags(O_WRONLY | 0x400, text), "wronly,0x400");
}

TEST(counts_have_bounds)
{
	uint64_t got = 4711;

	assert_int_equal(dh_parse_count("1", 1, 10, &got), 0);
	assert_int_equal(got, 1);
	assert_int_equal(dh_parse_count("0xa", 1, 10, &got), 0);
	assert_int_equal(got, 10);
	assert_int_equal(dh_parse_count("0", 1, 10, &got), -ERANGE);
	assert_int_equal(dh_parse_count("11", 1, 10, &got), -ERANGE);
	assert_int_equal(dh_parse_count("1K", 1, 10, &got), -EINVAL);
	assert_int_equal(dh_parse_count("", 0, 10, &got), -EINVAL);
	assert_int_equal(got, 10);
}

TEST(sizes_durations_and_errors_are_printed)
{
	char text[DH_UNIT_MAX];

	assert_string_equal(dh_format_size(0, text), "0 bytes");
	assert_string_equal(dh_format_size(1, text), "1 byte");
	assert_string_equal(dh_format_size(777, text), "777 bytes");
	assert_string_equal(dh_format_size(4 << 20, text), "4 MiB");
	assert_string_equal(dh_format_size((3 << 20) / 2, text), "1.5 MiB");
	/* Sizes are rounded down: 64 MiB less a page must not print as 64 MiB. */
	assert_string_equal(dh_format_size((64 << 20) - 4096, text), "63.9 MiB");
	assert_string_equal(dh_format_size(UINT64_MAX, text), "16777215.9 TiB");
	assert_string_equal(dh_format_size_short(4096, text), "4K");
	assert_string_equal(dh_format_size_short(100, text), "100B");

	assert_string_equal(dh_format_duration(0, text), "0ns");
	assert_string_equal(dh_format_duration(999, text), "999ns");
	assert_string_equal(dh_format_duration(1000, text), "1.00us");
	assert_string_equal(dh_format_duration(12345, text), "12.3us");
	assert_string_equal(dh_format_duration(999600, text), "1.00ms");
	assert_string_equal(dh_format_duration(UINT64_C(4500000000), text), "4.50s");
	assert_string_equal(dh_format_duration(UINT64_C(90000000000), text), "90.0s");

	assert_string_equal(dh_errno_name(EINVAL), "EINVAL");
	assert_string_equal(dh_errno_name(4095), "errno 4095");
}

TEST(spread_has_minimum_median_p99_and_maximum)
{
	struct dh_tally tally = { 0 };
	uint64_t one[] = { 5 }, hundred[100];

	dh_tally_spread(&tally, one, 0);
	assert_false(tally.min.known || tally.median.known || tally.p99.known || tally.max.known);

	dh_tally_spread(&tally, one, 1);
	assert_int_equal(tally.min.value, 5);
	assert_int_equal(tally.p99.value, 5);

	for (size_t i = 0; i < ARRAY_SIZE(hundred); i++)
		hundred[i] = 100 - i;
	dh_tally_spread(&tally, hundred, ARRAY_SIZE(hundred));
	assert_int_equal(tally.min.value, 1);
	assert_int_equal(tally.median.value, 50);
	assert_int_equal(tally.p99.value, 99);
	assert_int_equal(tally.max.value, 100);
}

TEST(errors_map_to_exit_statuses)
{
	assert_int_equal(dh_status_of(0), DH_EXIT_DONE);
	assert_int_equal(dh_status_of(-ENOENT), DH_EXIT_NOT_FOUND);
	assert_int_equal(dh_status_of(-ENODEV), DH_EXIT_NOT_FOUND);
	assert_int_equal(dh_status_of(-EACCES), DH_EXIT_PERMISSION);
	assert_int_equal(dh_status_of(-EPERM), DH_EXIT_PERMISSION);
	assert_int_equal(dh_status_of(-ENOTTY), DH_EXIT_UNSUPPORTED);
	assert_int_equal(dh_status_of(-EOPNOTSUPP), DH_EXIT_UNSUPPORTED);
	assert_int_equal(dh_status_of(-ETIMEDOUT), DH_EXIT_TIMEOUT);
	assert_int_equal(dh_status_of(-ENOMEM), DH_EXIT_ERROR);
	assert_int_equal(dh_status_of(EINVAL), DH_EXIT_ERROR);
}

static void expect_progress(const char *text, uint64_t nanoseconds, struct dh_progress progress)
{
	char out[DH_PROGRESS_MAX];

	dh_progress_format(&progress, nanoseconds, out);
	assert_string_equal(out, text);
}

TEST(progress_has_all_known_parts)
{
	expect_progress("allocating: 12 of 30 buffers, 48 MiB, 24 MiB/s, 3.00s left", 2000000000,
			(struct dh_progress){ .operation = "allocating",
					      .noun = "buffers",
					      .done = 12,
					      .total = 30,
					      .bytes = 48 << 20,
					      .total_bytes = 120 << 20 });
	expect_progress(
		"importing: 3 of 4 imports, 1.5/s, 667ms left", 2000000000,
		(struct dh_progress){
			.operation = "importing", .noun = "imports", .done = 3, .total = 4 });
	expect_progress("accessing: 1 GiB of 4 GiB, 1 GiB/s, 3.00s left", 1000000000,
			(struct dh_progress){ .operation = "accessing",
					      .bytes = 1 << 30,
					      .total_bytes = UINT64_C(4) << 30 });
	/* The number of steps is unknown. */
	expect_progress(
		"probing: 9 allocations, 4.5/s", 2000000000,
		(struct dh_progress){ .operation = "probing", .noun = "allocations", .done = 9 });
	/*
	 * Before the first step, the time left is unknown. If more bytes than expected were
	 * accessed, the time left is 0.
	 */
	expect_progress("allocating: 0 of 2 buffers, 0 bytes, 0 bytes/s", 1000000000,
			(struct dh_progress){ .operation = "allocating",
					      .noun = "buffers",
					      .total = 2,
					      .total_bytes = 4096 });
	expect_progress("accessing: 3 KiB of 2 KiB, 3 KiB/s, 0ns left", 1000000000,
			(struct dh_progress){
				.operation = "accessing", .bytes = 3072, .total_bytes = 2048 });
}

/* Asserts that dh_screen_draw() draws the lines `expected`, with its escape sequences. */
static void expect_frame(const char *expected, struct dh_frame frame)
{
	dh_auto(stream) struct dh_stream drawn = { 0 };
	dh_auto(stream) struct dh_stream lines = { 0 };

	assert_int_equal(dh_stream_open(&drawn), 0);
	assert_int_equal(dh_stream_open(&lines), 0);
	dh_screen_draw(drawn.file, &frame);
	assert_int_equal(dh_stream_close(&drawn), 0);
	fputs("\033[H", lines.file);
	for (; *expected; expected++)
		fprintf(lines.file, *expected == '\n' ? "\033[K%c" : "%c", *expected);
	fputs("\033[J", lines.file);
	assert_int_equal(dh_stream_close(&lines), 0);
	assert_string_equal(drawn.text, lines.text);
}

TEST(screen_shows_the_heading_and_the_changed_rows)
{
	struct dh_frame frame = {
		.text = "H\na 1\nb 1\nc 1\nd 1\n",
		.heading = true,
		.rows = 6,
	};

	/* The last row of the screen is for the cursor. */
	expect_frame("H\na 1\nb 1\nc 1\nd 1\n", frame);
	frame.rows = 5;
	expect_frame("H\na 1\nb 1\n(rows not shown in full: 2)\n", frame);
	frame.former = "H\na  1\nb  1\nc  10\nd  1\n";
	expect_frame("H\na 1\nc 1\n(rows not shown in full: 2)\n", frame);
	frame.footer = "waiting";
	expect_frame("H\nc 1\n(rows not shown in full: 3)\nwaiting\n", frame);
	frame.former = "H\na 2\nb 1\nc 2\nd 2\n";
	expect_frame("H\na 1\n(rows not shown in full: 3)\nwaiting\n", frame);
	frame.heading = false;
	frame.text = "a 1\nb 1\nc 1\nd 1\n";
	expect_frame("a 1\nc 1\n(rows not shown in full: 2)\nwaiting\n", frame);
	frame.rows = 1;
	expect_frame("(rows not shown in full: 4)\nwaiting\n", frame);
}

TEST(screen_shows_whole_records)
{
	struct dh_frame frame = {
		.text = "\fN a\nR 1\n\n\fN b\nR 1\n\n\fN c\nR 1\n\nM\nx\n",
		.heading = true,
		.rows = 12,
	};

	expect_frame("N a\nR 1\n\nN b\nR 1\n\nN c\nR 1\n\nM\nx\n", frame);
	frame.rows = 8;
	expect_frame("N a\nR 1\n\nN b\nR 1\n\n(rows not shown in full: 3)\n", frame);
	/* Only record c changed. Its new line "R 1" was also in a and b of the former frame. */
	frame.former = "\fN a\nR 1\n\n\fN b\nR 1\n\n\fN c\nR 2\n\nM\nx\n";
	expect_frame("N a\nR 1\n\nN c\nR 1\n\n(rows not shown in full: 3)\n", frame);
	/* A record with more lines than the screen is truncated. */
	frame.rows = 3;
	expect_frame("N c\n(rows not shown in full: 5)\n", frame);
}

TEST(screen_counts_the_rows_of_long_lines)
{
	struct dh_frame frame = {
		.text = "H\n\033[31ma\033[0m 12345678\nb 1\n  2\nc 1\n",
		.heading = true,
		.rows = 6,
		.columns = 10,
	};

	/* Escape sequences have no width. All lines of a wrapped cell belong to one row. */
	expect_frame("H\n\033[31ma\033[0m 12345678\nb 1\n  2\nc 1\n", frame);
	frame.columns = 9;
	expect_frame("H\n\033[31ma\033[0m 12345678\nc 1\n(rows not shown in full: 1)\n", frame);
	frame.footer = "1234567890";
	frame.columns = 10;
	frame.rows = 7;
	expect_frame("H\n\033[31ma\033[0m 12345678\nb 1\n  2\nc 1\n1234567890\n", frame);
	frame.columns = 9;
	expect_frame("H\n\033[31ma\033[0m 12345678\n(rows not shown in full: 2)\n1234567890\n",
		     frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_parsed),
		cmocka_unit_test(offset_can_be_zero),
		cmocka_unit_test(durations_are_parsed),
		cmocka_unit_test(fd_flags_are_parsed_and_printed),
		cmocka_unit_test(counts_have_bounds),
		cmocka_unit_test(sizes_durations_and_errors_are_printed),
		cmocka_unit_test(spread_has_minimum_median_p99_and_maximum),
		cmocka_unit_test(errors_map_to_exit_statuses),
		cmocka_unit_test(progress_has_all_known_parts),
		cmocka_unit_test(screen_shows_the_heading_and_the_changed_rows),
		cmocka_unit_test(screen_shows_whole_records),
		cmocka_unit_test(screen_counts_the_rows_of_long_lines),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
