/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test picture. A pixel depends only on its position, the size of the picture and the format,
 * so other programs can compute the picture, too.
 *
 * All divisions are integer divisions, W is the width, and H is the height. The first matching part
 * of this list determines the colour:
 *
 *   frame     x = 0, y = 0, x = W - 1 or y = H - 1: white (255, 255, 255). The frame shows a
 *             shift or a loss of one pixel.
 *   gradient  y >= H - H / 4: grey of level x * 255 / (W - 1). The gradient shows lost bits as
 *             steps.
 *   bars      all other pixels: the colour with index x * 7 / W in grey, yellow, cyan, green,
 *             magenta, red, blue. Each channel is 191 or 0. The bars show swapped channels and a
 *             wrong pitch.
 */
#ifndef DH_MODEL_PICTURE_H
#define DH_MODEL_PICTURE_H

#include <stdint.h>

#include "model/framebuffer.h"

struct dh_colour {
	uint8_t red;
	uint8_t green;
	uint8_t blue;
};

/* Returns the colour of the pixel at column `x` and row `y`, both from 0. */
struct dh_colour dh_picture_colour(uint32_t x, uint32_t y, uint32_t width, uint32_t height);

/*
 * Writes the blocks of row `row` of a plane to `out`, but not the padding after the last block.
 *
 * An RGB channel of up to 8 bits contains the most significant bits of the 8-bit colour component.
 * A channel with more than 8 bits repeats the most significant bits of the component in its lower
 * bits. Alpha and unused bits are ones.
 *
 * YUV follows BT.601 with limited range. The divisions round towards minus infinity:
 *   Y = 16 + (66 R + 129 G + 25 B + 128) / 256, U = 128 + (-38 R - 74 G + 112 B + 128) / 256,
 *   V = 128 + (112 R - 94 G - 18 B + 128) / 256.
 * The upper left pixel of a block determines its chroma. P010 stores the 8 bits of a sample in the
 * upper half of 16 bits; the lower half is 0.
 */
void dh_picture_row(const struct dh_framebuffer *fb, size_t plane, uint32_t row, void *out);

#endif
