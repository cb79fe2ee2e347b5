// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static ssize_t append(void *cookie, const char *text, size_t size)
{
	struct dh_stream *stream = cookie;

	if (stream->failed)
		return 0;
	if (stream->capacity - stream->size <= size) {
		size_t capacity = 2 * stream->capacity + size + 1;
		char *more = realloc(stream->text, capacity);

		stream->failed = !more;
		if (!more)
			return 0;
		stream->text = more;
		stream->capacity = capacity;
	}
	memcpy(stream->text + stream->size, text, size);
	stream->size += size;
	stream->text[stream->size] = '\0';
	return (ssize_t)size;
}

int dh_stream_open(struct dh_stream *stream)
{
	*stream = (struct dh_stream){ 0 };
	append(stream, "", 0);
	if (!stream->failed)
		stream->file = fopencookie(stream, "w", (cookie_io_functions_t){ .write = append });
	return stream->file ? 0 : -ENOMEM;
}

int dh_stream_close(struct dh_stream *stream)
{
	FILE *file = stream->file;

	stream->file = NULL;
	if (file && fclose(file))
		stream->failed = true;
	return stream->failed ? -ENOMEM : 0;
}

void dh_stream_release(struct dh_stream *stream)
{
	(void)dh_stream_close(stream);
	free(stream->text);
	*stream = (struct dh_stream){ 0 };
}
