/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that is printed into memory. As open_memstream(), but no text is lost unnoticed: the C
 * library's leaves out what it has no memory for and does not set the stream's error flag.
 */
#ifndef DH_BASE_STREAM_H
#define DH_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Zeroed memory is a closed one without text. */
struct dh_stream {
	FILE *file;  /* to print to; NULL where it is closed */
	char *text;  /* ended by NUL, complete once the stream is closed; NULL before */
	size_t size; /* of the text, without the NUL */
	size_t room;
	bool full;
};

/* 0 or -ENOMEM. `stream` must not move until dh_stream_close(). */
int dh_stream_open(struct dh_stream *stream);

/* 0, or -ENOMEM where text is missing. The text stays until dh_stream_release(). */
int dh_stream_close(struct dh_stream *stream);

/* Open or closed. */
void dh_stream_release(struct dh_stream *stream);

static inline void dh_auto_stream(struct dh_stream *stream)
{
	dh_stream_release(stream);
}

#endif
