/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stdio stream that writes to memory, as open_memstream() does, but reports lost text.
 * When memory is short, open_memstream() drops text without setting the error flag.
 */
#ifndef DH_BASE_STREAM_H
#define DH_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Zeroed memory is a closed stream without text. */
struct dh_stream {
	FILE *file;  /* NULL if closed */
	char *text;  /* ends with NUL; complete after dh_stream_close() */
	size_t size; /* bytes of text, without the NUL */
	size_t capacity;
	bool failed; /* an allocation failed: text is missing */
};

/* Returns 0 or -ENOMEM. `stream` must not move until dh_stream_close(). */
int dh_stream_open(struct dh_stream *stream);

/* Returns 0, or -ENOMEM if text is missing. The text is valid until dh_stream_release(). */
int dh_stream_close(struct dh_stream *stream);

/* Closes the stream if it is open, and frees the text. */
void dh_stream_release(struct dh_stream *stream);

static inline void dh_auto_stream(struct dh_stream *stream)
{
	dh_stream_release(stream);
}

#endif
