/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test picture. A pixel depends only on its position, the size of the picture and the format,
 * so other programs can compute the picture, too.
 *
 * All divisions are integer divisions, W is the width, and H is the height. The first match wins:
 *
 *   frame     x = 0, y = 0, x = W - 1 or y = H - 1: white (255, 255, 255). It shows a shift or
 *             a loss of one pixel.
 *   gradient  y >= H - H / 4: grey of level x * 255 / (W - 1). It shows lost bits as steps.
 *   bars      bar x * 7 / W of grey, yellow, cyan, green, magenta, red and blue. Each channel
 *             is 191 or 0. They show swapped channels and a wrong pitch.
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

struct dh_colour dh_picture_colour(uint32_t x, uint32_t y, uint32_t width, uint32_t height);

/*
 * Writes row `row` of blocks of a plane to `out`. It does not write the padding between the last
 * block and the pitch.
 *
 * RGB formats use the upper bits of a channel, and repeat them if a channel has more than 8 bits.
 * Alpha and unused bits are ones. YUV is BT.601 with limited range, in integers that round towards
 * minus infinity:
 *   Y = 16 + (66 R + 129 G + 25 B + 128) / 256, U = 128 + (-38 R - 74 G + 112 B + 128) / 256,
 *   V = 128 + (112 R - 94 G - 18 B + 128) / 256.
 * The upper left pixel of a block determines its chroma. P010 has the 8 bits at the top of 16.
 */
void dh_picture_row(const struct dh_framebuffer *fb, size_t plane, uint32_t row, void *out);

#endif
