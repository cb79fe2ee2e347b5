/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stdio stream that writes to memory, as open_memstream() does, but reports lost text. If an
 * allocation fails, open_memstream() drops text without setting the error flag.
 */
#ifndef DH_BASE_STREAM_H
#define DH_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A zeroed struct is a closed stream without text. */
struct dh_stream {
	FILE *file;  /* NULL if closed */
	char *text;  /* ends with NUL; complete after dh_stream_close() */
	size_t size; /* length of the text in bytes, without the NUL */
	size_t capacity;
	bool failed; /* an allocation failed, so text is missing */
};

/*
 * Opens an empty stream. `stream` must stay at its address until dh_stream_close(). Returns 0 or
 * -ENOMEM.
 */
int dh_stream_open(struct dh_stream *stream);

/*
 * Closes the stream, and keeps the text until dh_stream_release(). Returns 0, or -ENOMEM if text
 * is missing.
 */
int dh_stream_close(struct dh_stream *stream);

/* Closes the stream if it is open, and frees the text. */
void dh_stream_release(struct dh_stream *stream);

#define dh_auto_stream dh_stream_release

#endif
