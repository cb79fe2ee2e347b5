// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/framebuffer.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"

/* clang-format off */
#define RGB(code, title, size, r, g, b, x) \
	{ \
		.fourcc = code, .name = title, .n_planes = 1, \
		.planes = { { .bytes = size, .across = 1, .down = 1 } }, \
		.red = r, .green = g, .blue = b, .rest = x, \
	}
#define BITS(shift, width) { shift, width }
#define NONE { 0, 0 }

/* Two planes: luma, and interleaved chroma. */
#define SEMI(code, title, depth, h, v, order) \
	{ \
		.fourcc = code, .name = title, .n_planes = 2, \
		.planes = { { depth, 1, 1, "Y" }, { 2 * (depth), h, v, order } }, \
	}
#define PLANAR(code, title, h, v, second, third) \
	{ \
		.fourcc = code, .name = title, .n_planes = 3, \
		.planes = { { 1, 1, 1, "Y" }, { 1, h, v, second }, { 1, h, v, third } }, \
	}
#define PACKED(code) \
	{ \
		.fourcc = code, .name = code, .n_planes = 1, \
		.planes = { { 4, 2, 1, code } }, \
	}

static const struct dh_pixel_format formats[] = {
	RGB("XR24", "XRGB8888", 4, BITS(16, 8), BITS(8, 8), BITS(0, 8), BITS(24, 8)),
	RGB("AR24", "ARGB8888", 4, BITS(16, 8), BITS(8, 8), BITS(0, 8), BITS(24, 8)),
	RGB("XB24", "XBGR8888", 4, BITS(0, 8), BITS(8, 8), BITS(16, 8), BITS(24, 8)),
	RGB("AB24", "ABGR8888", 4, BITS(0, 8), BITS(8, 8), BITS(16, 8), BITS(24, 8)),
	RGB("RX24", "RGBX8888", 4, BITS(24, 8), BITS(16, 8), BITS(8, 8), BITS(0, 8)),
	RGB("RA24", "RGBA8888", 4, BITS(24, 8), BITS(16, 8), BITS(8, 8), BITS(0, 8)),
	RGB("BX24", "BGRX8888", 4, BITS(8, 8), BITS(16, 8), BITS(24, 8), BITS(0, 8)),
	RGB("BA24", "BGRA8888", 4, BITS(8, 8), BITS(16, 8), BITS(24, 8), BITS(0, 8)),
	RGB("XR30", "XRGB2101010", 4, BITS(20, 10), BITS(10, 10), BITS(0, 10), BITS(30, 2)),
	RGB("AR30", "ARGB2101010", 4, BITS(20, 10), BITS(10, 10), BITS(0, 10), BITS(30, 2)),
	RGB("XB30", "XBGR2101010", 4, BITS(0, 10), BITS(10, 10), BITS(20, 10), BITS(30, 2)),
	RGB("AB30", "ABGR2101010", 4, BITS(0, 10), BITS(10, 10), BITS(20, 10), BITS(30, 2)),
	RGB("RG24", "RGB888", 3, BITS(16, 8), BITS(8, 8), BITS(0, 8), NONE),
	RGB("BG24", "BGR888", 3, BITS(0, 8), BITS(8, 8), BITS(16, 8), NONE),
	RGB("RG16", "RGB565", 2, BITS(11, 5), BITS(5, 6), BITS(0, 5), NONE),
	RGB("BG16", "BGR565", 2, BITS(0, 5), BITS(5, 6), BITS(11, 5), NONE),
	RGB("XR15", "XRGB1555", 2, BITS(10, 5), BITS(5, 5), BITS(0, 5), BITS(15, 1)),
	RGB("AR15", "ARGB1555", 2, BITS(10, 5), BITS(5, 5), BITS(0, 5), BITS(15, 1)),
	RGB("R8", "R8", 1, BITS(0, 8), NONE, NONE, NONE),
	PACKED("YUYV"),
	PACKED("YVYU"),
	PACKED("UYVY"),
	PACKED("VYUY"),
	SEMI("NV12", "NV12", 1, 2, 2, "UV"),
	SEMI("NV21", "NV21", 1, 2, 2, "VU"),
	SEMI("NV16", "NV16", 1, 2, 1, "UV"),
	SEMI("NV61", "NV61", 1, 2, 1, "VU"),
	SEMI("NV24", "NV24", 1, 1, 1, "UV"),
	SEMI("NV42", "NV42", 1, 1, 1, "VU"),
	SEMI("P010", "P010", 2, 2, 2, "UV"),
	PLANAR("YU12", "YUV420", 2, 2, "U", "V"),
	PLANAR("YV12", "YVU420", 2, 2, "V", "U"),
	PLANAR("YU16", "YUV422", 2, 1, "U", "V"),
	PLANAR("YV16", "YVU422", 2, 1, "V", "U"),
	PLANAR("YU24", "YUV444", 1, 1, "U", "V"),
	PLANAR("YV24", "YVU444", 1, 1, "V", "U"),
};
/* clang-format on */

const struct dh_pixel_format *dh_pixel_format_at(size_t index)
{
	return index < ARRAY_SIZE(formats) ? &formats[index] : NULL;
}

/* Returns the format whose fourcc or DRM name is `name`, in upper or lower case, or NULL. */
static const struct dh_pixel_format *find_format(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (dh_text_same_letters(name, formats[i].fourcc, strlen(name) + 1) ||
		    dh_text_same_letters(name, formats[i].name, strlen(name) + 1))
			return &formats[i];
	}
	return NULL;
}

uint32_t dh_pixel_format_code(const struct dh_pixel_format *format)
{
	uint32_t code = 0;
	bool ended = false;

	/* Pad short codes with blanks: "R8" is 'R', '8', ' ', ' '. */
	for (unsigned int i = 0; i < 4; i++) {
		ended = ended || !format->fourcc[i];
		code |= (uint32_t)(ended ? ' ' : format->fourcc[i]) << (8 * i);
	}
	return code;
}

static uint32_t blocks(uint32_t pixels, uint8_t each)
{
	return pixels / each + (pixels % each != 0);
}

uint32_t dh_framebuffer_columns(const struct dh_framebuffer *fb, size_t plane)
{
	return blocks(fb->width, fb->format->planes[plane].across);
}

uint32_t dh_framebuffer_rows(const struct dh_framebuffer *fb, size_t plane)
{
	return blocks(fb->height, fb->format->planes[plane].down);
}

/*
 * Sets the pitches, the offsets and the size. Returns 0, or -ERANGE if a pitch or an offset does
 * not fit into the 32-bit fields of struct drm_mode_fb_cmd2.
 */
static int compute_layout(struct dh_framebuffer *fb)
{
	fb->size = 0;
	for (size_t i = 0; i < fb->format->n_planes; i++) {
		uint64_t pitch =
			(uint64_t)dh_framebuffer_columns(fb, i) * fb->format->planes[i].bytes;
		uint64_t bytes;

		pitch = (pitch + DH_FB_PITCH_ALIGN - 1) / DH_FB_PITCH_ALIGN * DH_FB_PITCH_ALIGN;
		if (pitch > UINT32_MAX || fb->size > UINT32_MAX)
			return -ERANGE;
		fb->pitches[i] = (uint32_t)pitch;
		fb->offsets[i] = (uint32_t)fb->size;
		/* This product fits into 64 bits, because both factors are below 2^32. */
		bytes = pitch * dh_framebuffer_rows(fb, i);
		if (__builtin_add_overflow(fb->size, bytes, &fb->size))
			return -ERANGE;
	}
	return 0;
}

/*
 * Parses the decimal digits at the start of `*text`, and advances `*text` past them. Unlike
 * dh_parse_count(), stops at the "x" of "0x600". Returns 0, -EINVAL if there are no digits or the
 * number is 0, or -ERANGE if the number exceeds 32 bits.
 */
static int parse_dimension(const char **text, uint32_t *dimension)
{
	size_t length = strspn(*text, "0123456789");
	uint64_t value;

	if (!length)
		return -EINVAL;
	if (!dh_digits_parse(*text, length, 10, &value) || value > UINT32_MAX)
		return -ERANGE;
	if (!value)
		return -EINVAL;
	*dimension = (uint32_t)value;
	*text += length;
	return 0;
}

int dh_framebuffer_parse(const char *text, struct dh_framebuffer *fb)
{
	struct dh_framebuffer parsed = { 0 };
	char name[16];
	size_t length;
	int ret;

	ret = parse_dimension(&text, &parsed.width);
	if (ret < 0)
		return ret;
	if (*text++ != 'x')
		return -EINVAL;
	ret = parse_dimension(&text, &parsed.height);
	if (ret < 0)
		return ret;
	if (*text++ != ':')
		return -EINVAL;

	length = strcspn(text, ":");
	if (length == 0)
		return -EINVAL;
	if (length >= sizeof(name))
		return -ENOTSUP;
	memcpy(name, text, length);
	name[length] = '\0';
	parsed.format = find_format(name);
	if (!parsed.format)
		return -ENOTSUP;

	text += length;
	if (*text == ':') {
		parsed.has_modifier = true;
		/* "linear" needs no assignment, because DRM_FORMAT_MOD_LINEAR is 0. */
		if (strcmp(text + 1, "linear") != 0 &&
		    dh_parse_count(text + 1, 0, UINT64_MAX, &parsed.modifier))
			return -EINVAL;
	}

	ret = compute_layout(&parsed);
	if (ret < 0)
		return ret;
	*fb = parsed;
	return 0;
}
