/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout of a picture in a buffer: pixel format, planes, pitches and offsets.
 */
#ifndef DH_MODEL_FRAMEBUFFER_H
#define DH_MODEL_FRAMEBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DH_FB_PLANES 3

/*
 * Alignment of the pitch in bytes. The kernel requires no alignment, but many display engines
 * reject a pitch that is not a multiple of their burst size. Most engines accept a multiple of 64,
 * the usual size of a cache line.
 */
#define DH_FB_PITCH_ALIGN 64

/* A plane consists of blocks: single pixels, or groups of pixels that share samples. */
struct dh_pixel_plane {
	uint8_t bytes;	     /* size of a block in bytes */
	uint8_t across;	     /* width of a block in pixels */
	uint8_t down;	     /* height of a block in pixels */
	const char *samples; /* order of the Y, U and V samples in memory, or NULL for RGB */
};

struct dh_bits {
	uint8_t shift;
	uint8_t width;
};

struct dh_pixel_format {
	const char *fourcc; /* "XR24", as in the kernel's drm_fourcc.h */
	const char *name;   /* "XRGB8888" */
	uint8_t n_planes;
	struct dh_pixel_plane planes[DH_FB_PLANES];
	/* Channels of a little-endian RGB pixel; `rest` is alpha or unused. */
	struct dh_bits red, green, blue, rest;
};

struct dh_framebuffer {
	const struct dh_pixel_format *format;
	uint32_t width;
	uint32_t height;
	uint32_t pitches[DH_FB_PLANES]; /* bytes from one row of blocks to the next */
	uint32_t offsets[DH_FB_PLANES]; /* bytes from the start of the buffer */
	uint64_t size;			/* minimum size of the buffer in bytes */
	bool has_modifier;
	uint64_t modifier; /* DRM_FORMAT_MOD_*; it does not affect the layout above */
};

/*
 * Parses "WIDTHxHEIGHT:FORMAT[:MODIFIER]". FORMAT is a fourcc or DRM name in upper or lower case.
 * MODIFIER is "linear" or a number. Returns 0, -EINVAL for malformed text, -ENOTSUP for an
 * unknown format, or -ERANGE if a value does not fit into the 32-bit fields of struct
 * drm_mode_fb_cmd2. `fb` is unchanged on failure.
 */
int dh_framebuffer_parse(const char *text, struct dh_framebuffer *fb);

/* Returns the supported format at `index`, or NULL after the last one. */
const struct dh_pixel_format *dh_pixel_format_at(size_t index);

/* Returns the fourcc as a number, as drm_fourcc.h defines it. */
uint32_t dh_pixel_format_code(const struct dh_pixel_format *format);

/* Returns the number of blocks in a row of a plane. */
uint32_t dh_framebuffer_columns(const struct dh_framebuffer *fb, size_t plane);

/* Returns the number of rows of blocks in a plane. */
uint32_t dh_framebuffer_rows(const struct dh_framebuffer *fb, size_t plane);

#endif
