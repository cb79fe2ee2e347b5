/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test picture: what stands at a pixel depends on its place, the picture's size
 * and the format alone, so anybody can compute it again.
 *
 * With integer division throughout, width W, height H, first match counts:
 *
 *   frame     x = 0, y = 0, x = W - 1 or y = H - 1: white (255, 255, 255). A shift or a
 *             cut by one pixel shows.
 *   gradient  y >= H - H / 4: grey of level x * 255 / (W - 1). Lost bits show as steps.
 *   bars      number x * 7 / W of grey, yellow, cyan, green, magenta, red, blue, each
 *             channel 191 or 0. Swapped channels and a wrong pitch show.
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
 * Writes row `row` of blocks of a plane to `out`: columns * bytes of a block, no more,
 * and what lies between there and the pitch is left alone.
 *
 * RGB keeps the upper bits of a channel, or repeats them where the format has more;
 * alpha and unused bits are ones. YUV is BT.601, limited range, in integers:
 *   Y = 16 + (66 R + 129 G + 25 B + 128) / 256, U = 128 + (-38 R - 74 G + 112 B + 128) / 256,
 *   V = 128 + (112 R - 94 G - 18 B + 128) / 256, rounded towards minus infinity;
 * chroma is that of the block's upper left pixel; P010 has the 8 bits at the top of 16.
 */
void dh_picture_row(const struct dh_framebuffer *fb, size_t plane, uint32_t row, void *out);

#endif
