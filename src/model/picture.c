// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/picture.h"

#include <string.h>

#include "base/auto.h"

static const struct dh_colour bars[] = {
	{ 191, 191, 191 }, { 191, 191, 0 }, { 0, 191, 191 }, { 0, 191, 0 },
	{ 191, 0, 191 },   { 191, 0, 0 },   { 0, 0, 191 },
};

struct dh_colour dh_picture_colour(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	if (x == 0 || y == 0 || x == width - 1 || y == height - 1)
		return (struct dh_colour){ 255, 255, 255 };

	/* The pixel is not in the frame, so the width is at least 3, and the divisor is not 0. */
	if (y >= height - height / 4) {
		uint8_t level = (uint8_t)((uint64_t)x * 255 / (width - 1));

		return (struct dh_colour){ level, level, level };
	}

	return bars[(uint64_t)x * ARRAY_SIZE(bars) / width];
}

static uint32_t channel(uint8_t level, struct dh_bits bits)
{
	uint32_t value = bits.width <= 8 ? (uint32_t)level >> (8 - bits.width)
					 : (uint32_t)level << (bits.width - 8) |
						   (uint32_t)level >> (16 - bits.width);

	return value << bits.shift;
}

static void write_rgb(const struct dh_pixel_format *format, struct dh_colour colour, uint8_t *out)
{
	uint32_t pixel = channel(colour.red, format->red) | channel(colour.green, format->green) |
			 channel(colour.blue, format->blue) | channel(0xff, format->rest);

	for (unsigned int i = 0; i < format->planes[0].bytes; i++)
		out[i] = (uint8_t)(pixel >> (8 * i));
}

static uint8_t yuv_sample(char kind, struct dh_colour colour)
{
	int r = colour.red, g = colour.green, b = colour.blue;
	int scaled;

	switch (kind) {
	case 'Y':
		scaled = 66 * r + 129 * g + 25 * b + 16 * 256;
		break;
	case 'U':
		scaled = -38 * r - 74 * g + 112 * b + 128 * 256;
		break;
	default:
		scaled = 112 * r - 94 * g - 18 * b + 128 * 256;
		break;
	}
	/* The offsets make the sum positive for each colour, so the division rounds down. */
	return (uint8_t)((scaled + 128) / 256);
}

static void write_yuv(const struct dh_framebuffer *fb, const struct dh_pixel_plane *plane,
		      uint32_t x, uint32_t y, uint8_t *out)
{
	size_t n = strlen(plane->samples), width = plane->bytes / n;
	uint32_t luma_x = x;

	for (size_t i = 0; i < n; i++) {
		char kind = plane->samples[i];
		uint32_t at = x;

		/*
		 * The second Y of a block belongs to the right pixel. If the width is odd, the last
		 * block has no right pixel, so repeat the left one.
		 */
		if (kind == 'Y') {
			at = luma_x < fb->width ? luma_x : fb->width - 1;
			luma_x++;
		}
		memset(out, 0, width);
		out[width - 1] = yuv_sample(kind, dh_picture_colour(at, y, fb->width, fb->height));
		out += width;
	}
}

void dh_picture_row(const struct dh_framebuffer *fb, size_t plane, uint32_t row, void *out)
{
	const struct dh_pixel_plane *layout = &fb->format->planes[plane];
	uint32_t columns = dh_framebuffer_columns(fb, plane);
	uint32_t y = row * layout->down;
	uint8_t *at = out;

	for (uint32_t column = 0; column < columns; column++, at += layout->bytes) {
		uint32_t x = column * layout->across;

		if (layout->samples)
			write_yuv(fb, layout, x, y, at);
		else
			write_rgb(fb->format, dh_picture_colour(x, y, fb->width, fb->height), at);
	}
}
