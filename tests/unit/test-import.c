// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests the parts of export that need no device: layouts, the test picture and error causes. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "model/framebuffer.h"
#include "model/import.h"
#include "model/picture.h"

static struct dh_framebuffer parsed(const char *text)
{
	struct dh_framebuffer fb;

	assert_int_equal(dh_framebuffer_parse(text, &fb), 0);
	return fb;
}

static void expect_rejected(const char *text, int error)
{
	struct dh_framebuffer fb, untouched;

	memset(&fb, 0x5a, sizeof(fb));
	memset(&untouched, 0x5a, sizeof(untouched));
	if (dh_framebuffer_parse(text, &fb) != error)
		fail_msg("'%s' is not %d but %d", text, error, dh_framebuffer_parse(text, &fb));
	assert_memory_equal(&fb, &untouched, sizeof(fb));
}

TEST(packed_format_has_one_plane)
{
	struct dh_framebuffer fb = parsed("1920x1080:XR24");

	assert_int_equal(fb.width, 1920);
	assert_int_equal(fb.height, 1080);
	assert_string_equal(fb.format->name, "XRGB8888");
	assert_int_equal(fb.pitches[0], 7680);
	assert_int_equal(fb.offsets[0], 0);
	assert_int_equal(fb.size, UINT64_C(7680) * 1080);
	assert_false(fb.has_modifier);
	assert_int_equal(dh_pixel_format_code(fb.format), 0x34325258);
}

TEST(pitch_is_aligned)
{
	assert_int_equal(parsed("1x1:XR24").pitches[0], DH_FB_PITCH_ALIGN);
	assert_int_equal(parsed("16x1:XR24").pitches[0], 64);
	assert_int_equal(parsed("17x1:XR24").pitches[0], 128);
	assert_int_equal(parsed("1366x768:RG16").pitches[0], 2752);
	assert_int_equal(parsed("1366x768:RG24").pitches[0], 4160);
}

TEST(formats_have_two_names_in_any_case)
{
	assert_ptr_equal(parsed("8x8:XRGB8888").format, parsed("8x8:XR24").format);
	assert_ptr_equal(parsed("8x8:xr24").format, parsed("8x8:XR24").format);
	assert_ptr_equal(parsed("8x8:rgb565").format, parsed("8x8:RG16").format);
	assert_ptr_equal(parsed("8x8:YUV420").format, parsed("8x8:YU12").format);
	/* A short fourcc is padded with blanks. */
	assert_int_equal(dh_pixel_format_code(parsed("8x8:R8").format), 0x20203852);
}

TEST(format_names_are_unique)
{
	for (size_t i = 0; dh_pixel_format_at(i); i++) {
		const struct dh_pixel_format *format = dh_pixel_format_at(i);
		char text[32];

		snprintf(text, sizeof(text), "8x8:%s", format->fourcc);
		assert_ptr_equal(parsed(text).format, format);
		snprintf(text, sizeof(text), "8x8:%s", format->name);
		assert_ptr_equal(parsed(text).format, format);
	}
}

TEST(planar_formats_have_offsets_and_pitches)
{
	struct dh_framebuffer fb = parsed("640x480:NV12");

	assert_int_equal(fb.format->n_planes, 2);
	assert_int_equal(fb.pitches[0], 640);
	assert_int_equal(fb.pitches[1], 640);
	assert_int_equal(fb.offsets[1], 640 * 480);
	assert_int_equal(fb.size, 640 * 480 * 3 / 2);

	fb = parsed("640x480:P010");
	assert_int_equal(fb.pitches[1], 1280);
	assert_int_equal(fb.size, 640 * 480 * 3);

	fb = parsed("640x480:YV12");
	assert_int_equal(fb.format->n_planes, 3);
	assert_int_equal(fb.pitches[2], 320);
	assert_int_equal(fb.offsets[2], 640 * 480 + 320 * 240);
	assert_int_equal(fb.size, 640 * 480 * 3 / 2);

	fb = parsed("640x480:YUYV");
	assert_int_equal(fb.format->n_planes, 1);
	assert_int_equal(fb.pitches[0], 1280);
}

/* A partial chroma block occupies the space of a full block. */
TEST(odd_sizes_round_chroma_up)
{
	struct dh_framebuffer fb = parsed("641x481:NV12");

	assert_int_equal(fb.pitches[0], 704);
	assert_int_equal(dh_framebuffer_columns(&fb, 1), 321);
	assert_int_equal(dh_framebuffer_rows(&fb, 1), 241);
	assert_int_equal(fb.pitches[1], 704);
	assert_int_equal(fb.size, 704 * 481 + 704 * 241);

	fb = parsed("1x1:NV12");
	assert_int_equal(fb.size, 128);
	fb = parsed("33x1:YUYV");
	assert_int_equal(fb.pitches[0], 128);
}

TEST(modifier_is_linear_or_a_number)
{
	struct dh_framebuffer fb = parsed("64x64:XR24:linear");

	assert_true(fb.has_modifier);
	assert_int_equal(fb.modifier, 0);
	fb = parsed("64x64:XR24:0x0100000000000001");
	assert_true(fb.has_modifier);
	assert_int_equal(fb.modifier, UINT64_C(0x0100000000000001));
	fb = parsed("64x64:XR24:18446744073709551615");
	assert_int_equal(fb.modifier, UINT64_MAX);

	expect_rejected("64x64:XR24:", -EINVAL);
	expect_rejected("64x64:XR24:tiled", -EINVAL);
	expect_rejected("64x64:XR24:-1", -EINVAL);
	expect_rejected("64x64:XR24:0:0", -EINVAL);
	expect_rejected("64x64:XR24:18446744073709551616", -EINVAL);
}

TEST(malformed_layouts_are_rejected)
{
	static const char *const malformed[] = {
		"",	      "x",	     "640",	  "640x",	  "x480",
		"640x480",    "640x480:",    ":XR24",	  "640:480:XR24", "0x0:XR24",
		"0x480:XR24", "640x0:XR24",  "-1x1:XR24", "+1x1:XR24",	  " 1x1:XR24",
		"1 x1:XR24",  "0x10x1:XR24", "1X1:XR24",  "1x1::linear",  "1.5x1:XR24",
	};

	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++)
		expect_rejected(malformed[i], -EINVAL);
}

TEST(unknown_formats_are_not_supported)
{
	expect_rejected("1x1:XR25", -ENOTSUP);
	expect_rejected("1x1:XR2", -ENOTSUP);
	expect_rejected("1x1:XR244", -ENOTSUP);
	expect_rejected("1x1:XR24 ", -ENOTSUP);
	expect_rejected("1x1:C8", -ENOTSUP);
	expect_rejected("1x1:averyveryverylongnameofaformat", -ENOTSUP);
}

TEST(layouts_beyond_the_limits_of_the_kernel_are_rejected)
{
	expect_rejected("4294967296x1:XR24", -ERANGE);
	expect_rejected("1x4294967296:XR24", -ERANGE);
	expect_rejected("99999999999999999999999999x1:XR24", -ERANGE);
	/* A pitch of 4 GiB does not fit into the 32 bits of the ioctl interface. */
	expect_rejected("1073741824x1:XR24", -ERANGE);
	assert_int_equal(parsed("1073741808x1:XR24").pitches[0], UINT32_C(0xffffffc0));
	/* A plane offset above 4 GiB does not fit into the 32 bits of the interface either. */
	expect_rejected("65536x65537:NV12", -ERANGE);
	assert_int_equal(parsed("65536x65535:NV12").offsets[1], UINT32_C(0xffff0000));
	/* The largest pitch times the largest height is below 2^64: the size cannot overflow. */
	assert_int_equal(parsed("1073741808x4294967295:XR24").size,
			 UINT64_C(0xffffffc0) * UINT64_C(0xffffffff));
}

static void assert_colour(uint32_t x, uint32_t y, int red, int green, int blue)
{
	struct dh_colour colour = dh_picture_colour(x, y, 700, 400);

	assert_int_equal(colour.red, red);
	assert_int_equal(colour.green, green);
	assert_int_equal(colour.blue, blue);
}

TEST(picture_has_frame_bars_and_ramp)
{
	assert_colour(0, 0, 255, 255, 255);
	assert_colour(699, 200, 255, 255, 255);
	assert_colour(350, 399, 255, 255, 255);
	assert_colour(1, 1, 191, 191, 191);
	assert_colour(99, 1, 191, 191, 191);
	assert_colour(100, 1, 191, 191, 0);
	assert_colour(250, 299, 0, 191, 191);
	assert_colour(350, 150, 0, 191, 0);
	assert_colour(450, 150, 191, 0, 191);
	assert_colour(550, 150, 191, 0, 0);
	assert_colour(698, 150, 0, 0, 191);
	assert_colour(1, 300, 0, 0, 0);
	assert_colour(350, 300, 127, 127, 127);
	assert_colour(698, 398, 254, 254, 254);
}

/* Pictures of 1x1 and 2x2 pixels consist only of the frame, and cause no division by 0. */
TEST(tiny_picture_is_a_frame)
{
	for (uint32_t size = 1; size <= 2; size++)
		for (uint32_t at = 0; at < size; at++)
			assert_int_equal(dh_picture_colour(at, at, size, size).green, 255);
	assert_int_equal(dh_picture_colour(1, 1, 3, 3).red, 0);
}

static void first_bytes(const char *text, size_t plane, uint32_t row, const char *bytes, size_t n)
{
	struct dh_framebuffer fb = parsed(text);
	dh_auto(free) uint8_t *out = malloc(fb.pitches[plane]);

	assert_non_null(out);
	dh_picture_row(&fb, plane, row, out);
	assert_memory_equal(out, bytes, n);
}

/* Row 1 starts with a white pixel of the frame and a grey pixel of value 191. */
TEST(pixels_have_the_layout_of_the_format)
{
	first_bytes("70x40:XR24", 0, 1, "\xff\xff\xff\xff\xbf\xbf\xbf\xff", 8);
	first_bytes("70x40:RG24", 0, 1, "\xff\xff\xff\xbf\xbf\xbf", 6);
	/* The value 191 is 23 in five bits and 47 in six bits. */
	first_bytes("70x40:RG16", 0, 1, "\xff\xff\xf7\xbd", 4);
	first_bytes("70x40:XR15", 0, 1, "\xff\xff\xf7\xde", 4);
	/* In ten bits, 191 becomes 766: its two highest bits are appended as the lowest bits. */
	first_bytes("70x40:XR30", 0, 1, "\xff\xff\xff\xff\xfe\xfa\xeb\xef", 8);
	first_bytes("70x40:R8", 0, 1, "\xff\xbf", 2);
	first_bytes("70x40:YUYV", 0, 1, "\xeb\x80\xb4\x80", 4);
	first_bytes("70x40:UYVY", 0, 1, "\x80\xeb\x80\xb4", 4);
	first_bytes("70x40:NV12", 0, 1, "\xeb\xb4", 2);
	first_bytes("70x40:NV12", 1, 1, "\x80\x80", 2);
	first_bytes("70x40:P010", 0, 1, "\x00\xeb\x00\xb4", 4);
}

/* The sixth bar is red and the last is blue, so the test detects swapped channels. */
TEST(channels_have_the_order_of_the_format)
{
	struct dh_framebuffer fb = parsed("70x40:XB24");
	uint8_t out[320];

	dh_picture_row(&fb, 0, 5, out);
	assert_memory_equal(out + 55 * 4, "\xbf\x00\x00\xff", 4);
	assert_memory_equal(out + 65 * 4, "\x00\x00\xbf\xff", 4);
	fb = parsed("70x40:XR24");
	dh_picture_row(&fb, 0, 5, out);
	assert_memory_equal(out + 55 * 4, "\x00\x00\xbf\xff", 4);
	fb = parsed("70x40:BX24");
	dh_picture_row(&fb, 0, 5, out);
	assert_memory_equal(out + 55 * 4, "\xff\xbf\x00\x00", 4);

	/* In BT.601, red of value 191 is Y 65, U 100 and V 212. */
	fb = parsed("70x40:NV21");
	dh_picture_row(&fb, 0, 5, out);
	assert_int_equal(out[55], 65);
	dh_picture_row(&fb, 1, 5, out);
	assert_memory_equal(out + 56, "\xd4\x64", 2);
}

TEST(picture_rows_are_filled_exactly)
{
	for (size_t i = 0; dh_pixel_format_at(i); i++) {
		uint8_t one[1024], other[1024];
		char text[32];
		struct dh_framebuffer fb;

		snprintf(text, sizeof(text), "77x31:%s", dh_pixel_format_at(i)->fourcc);
		fb = parsed(text);
		for (size_t plane = 0; plane < fb.format->n_planes; plane++) {
			size_t n = (size_t)dh_framebuffer_columns(&fb, plane) *
				   fb.format->planes[plane].bytes;

			for (uint32_t row = 0; row < dh_framebuffer_rows(&fb, plane); row++) {
				memset(one, 0x11, sizeof(one));
				memset(other, 0xee, sizeof(other));
				dh_picture_row(&fb, plane, row, one);
				dh_picture_row(&fb, plane, row, other);
				assert_memory_equal(one, other, n);
				assert_int_equal(one[n], 0x11);
				assert_int_equal(other[n], 0xee);
			}
		}
	}
}

TEST(import_errors_have_causes)
{
	assert_non_null(strstr(dh_import_reason(DH_STAGE_IMPORT, ENODEV), "virtio-gpu"));
	assert_non_null(strstr(dh_import_reason(DH_STAGE_IMPORT, EINVAL), "contiguous"));
	assert_non_null(strstr(dh_import_reason(DH_STAGE_FRAMEBUFFER, EINVAL), "pitch"));
	assert_non_null(strstr(dh_import_reason(DH_STAGE_SHOW, EACCES), "master"));
	assert_non_null(dh_import_reason(DH_STAGE_SIZE, 0));
	assert_non_null(dh_import_reason(DH_STAGE_IDENTITY, 0));
	assert_null(dh_import_reason(DH_STAGE_SIZE, EINVAL));
	assert_null(dh_import_reason(DH_STAGE_SHOW, 0));
	assert_non_null(strstr(dh_import_reason(DH_STAGE_REQBUFS, EINVAL), "does not import"));
	assert_non_null(strstr(dh_import_reason(DH_STAGE_REQBUFS, EBUSY), "another process"));
	assert_non_null(strstr(dh_import_reason(DH_STAGE_PREPARE, EFAULT), "contiguous"));
	assert_null(dh_import_reason(DH_STAGES, EINVAL));
}

TEST(stages_and_verdicts_have_unique_names)
{
	for (int i = 0; i < DH_STAGES; i++) {
		assert_non_null(dh_stage_name(i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(dh_stage_name(i), dh_stage_name(j));
	}
	assert_string_equal(dh_verdict_name(DH_NOT_REACHED), "not reached");
	assert_string_equal(dh_verdict_name(DH_FAILED), "failed");
}

TEST(first_failed_stage_is_reported)
{
	struct dh_import_row rows[DH_STAGES];

	memset(rows, 0, sizeof(rows));
	for (size_t i = 0; i < DH_STAGES; i++)
		rows[i] = (struct dh_import_row){ .stage = i, .verdict = DH_OK };
	assert_null(dh_import_refusal(rows, DH_STAGES));
	assert_null(dh_import_refusal(rows, 0));

	rows[DH_STAGE_SHOW].verdict = DH_FAILED;
	rows[DH_STAGE_FRAMEBUFFER].verdict = DH_NOT_APPLICABLE;
	assert_int_equal(dh_import_refusal(rows, DH_STAGES)->stage, DH_STAGE_SHOW);
	rows[DH_STAGE_IMPORT].verdict = DH_FAILED;
	rows[DH_STAGE_SIZE].verdict = DH_NOT_REACHED;
	assert_int_equal(dh_import_refusal(rows, DH_STAGES)->stage, DH_STAGE_IMPORT);
}

TEST(report_has_one_row_for_each_device)
{
	static const enum dh_import_stage video[DH_V4L2_STAGES] = {
		DH_STAGE_OPEN, DH_STAGE_QUERYCAP, DH_STAGE_SIZE, DH_STAGE_REQBUFS, DH_STAGE_PREPARE,
	};
	enum {
		FIRST,
		SECOND = DH_DRM_STAGES,
		THIRD = SECOND + DH_DRM_STAGES,
		FOURTH = THIRD + DH_DRM_STAGES,
		END = FOURTH + DH_V4L2_STAGES
	};
	struct dh_import_row rows[END], out[4];

	for (size_t i = 0; i < END; i++)
		rows[i] = (struct dh_import_row){
			.stage = i < FOURTH ? i % DH_DRM_STAGES : video[i - FOURTH],
			.verdict = DH_OK,
		};
	/*
	 * The first device fails, the second has no display, and the third has no result. The
	 * fourth is a V4L2 queue.
	 */
	rows[FIRST + DH_STAGE_IMPORT].verdict = DH_FAILED;
	rows[SECOND + DH_STAGE_FRAMEBUFFER].verdict = DH_NOT_APPLICABLE;
	rows[SECOND + DH_STAGE_SHOW].verdict = DH_NOT_APPLICABLE;
	for (size_t i = THIRD; i < FOURTH; i++)
		rows[i].verdict = DH_NOT_REACHED;

	assert_int_equal(dh_import_group(rows, END), DH_DRM_STAGES);
	assert_int_equal(dh_import_group(&rows[FOURTH], DH_V4L2_STAGES), DH_V4L2_STAGES);
	assert_int_equal(dh_import_group(rows, 0), 0);
	assert_int_equal(dh_import_condense(rows, END, out), 4);
	assert_int_equal(out[0].stage, DH_STAGE_IMPORT);
	assert_int_equal(out[0].verdict, DH_FAILED);
	assert_int_equal(out[1].stage, DH_STAGE_IDENTITY);
	assert_int_equal(out[1].verdict, DH_OK);
	assert_int_equal(out[2].stage, DH_STAGE_OPEN);
	assert_int_equal(out[3].stage, DH_STAGE_PREPARE);
	assert_int_equal(dh_import_condense(rows, 0, out), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_format_has_one_plane),
		cmocka_unit_test(pitch_is_aligned),
		cmocka_unit_test(formats_have_two_names_in_any_case),
		cmocka_unit_test(format_names_are_unique),
		cmocka_unit_test(planar_formats_have_offsets_and_pitches),
		cmocka_unit_test(odd_sizes_round_chroma_up),
		cmocka_unit_test(modifier_is_linear_or_a_number),
		cmocka_unit_test(malformed_layouts_are_rejected),
		cmocka_unit_test(unknown_formats_are_not_supported),
		cmocka_unit_test(layouts_beyond_the_limits_of_the_kernel_are_rejected),
		cmocka_unit_test(picture_has_frame_bars_and_ramp),
		cmocka_unit_test(tiny_picture_is_a_frame),
		cmocka_unit_test(pixels_have_the_layout_of_the_format),
		cmocka_unit_test(channels_have_the_order_of_the_format),
		cmocka_unit_test(picture_rows_are_filled_exactly),
		cmocka_unit_test(import_errors_have_causes),
		cmocka_unit_test(stages_and_verdicts_have_unique_names),
		cmocka_unit_test(first_failed_stage_is_reported),
		cmocka_unit_test(report_has_one_row_for_each_device),
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
