// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static ssize_t append(void *cookie, const char *text, size_t size)
{
	struct dh_stream *stream = cookie;

	if (stream->full)
		return 0;
	if (stream->room - stream->size <= size) {
		size_t room = 2 * stream->room + size + 1;
		char *more = realloc(stream->text, room);

		stream->full = !more;
		if (!more)
			return 0;
		stream->text = more;
		stream->room = room;
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
	if (!stream->full)
		stream->file = fopencookie(stream, "w", (cookie_io_functions_t){ .write = append });
	return stream->file ? 0 : -ENOMEM;
}

int dh_stream_close(struct dh_stream *stream)
{
	FILE *file = stream->file;

	stream->file = NULL;
	if (file && fclose(file))
		stream->full = true;
	return stream->full ? -ENOMEM : 0;
}

void dh_stream_release(struct dh_stream *stream)
{
	(void)dh_stream_close(stream);
	free(stream->text);
	*stream = (struct dh_stream){ 0 };
}
