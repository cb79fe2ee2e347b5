/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a picture lies in a buffer: its format, and where each plane and row starts.
 */
#ifndef DH_MODEL_FRAMEBUFFER_H
#define DH_MODEL_FRAMEBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DH_FB_PLANES 3

/*
 * Rows start at multiples of this many bytes. The kernel asks for none, but display
 * engines fetch whole bursts and refuse a pitch that is not: 64 is what most of them
 * want, and a cache line nearly everywhere, so no two rows share one.
 */
#define DH_FB_PITCH_ALIGN 64

/* A plane is made of blocks of the same size: a pixel, or several that share samples. */
struct dh_pixel_plane {
	uint8_t bytes;	/* of one block */
	uint8_t across; /* pixels that a block covers */
	uint8_t down;
	const char *samples; /* Y, U and V as they follow in memory; NULL for RGB */
};

struct dh_bits {
	uint8_t shift;
	uint8_t width;
};

struct dh_pixel_format {
	const char *fourcc; /* "XR24", as the kernel's drm_fourcc.h spells it */
	const char *name;   /* "XRGB8888" */
	uint8_t n_planes;
	struct dh_pixel_plane planes[DH_FB_PLANES];
	/* Of an RGB pixel, which is little-endian everywhere; `rest` is alpha or unused. */
	struct dh_bits red, green, blue, rest;
};

struct dh_framebuffer {
	const struct dh_pixel_format *format;
	uint32_t width;
	uint32_t height;
	uint32_t pitches[DH_FB_PLANES]; /* bytes from a row of blocks to the next */
	uint32_t offsets[DH_FB_PLANES]; /* bytes from the buffer's start */
	uint64_t size;			/* bytes that the buffer needs */
	bool has_modifier;
	uint64_t modifier; /* DRM_FORMAT_MOD_*; the layout above is a linear one whatever it says */
};

/*
 * "WIDTHxHEIGHT:FORMAT[:MODIFIER]": FORMAT a fourcc or its DRM name in any case,
 * MODIFIER "linear" or a number. 0; -EINVAL for what is not of the form; -ENOTSUP for a
 * format whose layout is not known here; -ERANGE where the picture does not fit into what
 * the kernel's interface has for it. On failure the result is not touched.
 */
int dh_framebuffer_parse(const char *text, struct dh_framebuffer *fb);

/* The format of that fourcc or name, or NULL. */
const struct dh_pixel_format *dh_pixel_format_find(const char *name);

/* The formats there are, for lists; NULL from the last on. */
const struct dh_pixel_format *dh_pixel_format_at(size_t index);

/* The fourcc as the kernel's number. */
uint32_t dh_pixel_format_code(const struct dh_pixel_format *format);

/* How many blocks lie side by side, and one below the other, in a plane. */
uint32_t dh_framebuffer_columns(const struct dh_framebuffer *fb, size_t plane);
uint32_t dh_framebuffer_rows(const struct dh_framebuffer *fb, size_t plane);

#endif
