// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/root.h"

static void append(struct dh_lines *lines, const char *text, size_t length)
{
	size_t room = sizeof(lines->line) - lines->length;

	if (length > room)
		length = room;
	memcpy(lines->line + lines->length, text, length);
	lines->length += length;
}

int dh_lines_feed(struct dh_lines *lines, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t piece = (size_t)((newline ? newline : end) - text);
		int ret;

		if (!newline) {
			append(lines, text, piece);
			return 0;
		}
		if (lines->length) {
			append(lines, text, piece);
			ret = dh_lines_end(lines);
		} else {
			/* Most lines are complete in `text`: do not copy them. */
			ret = lines->visit(lines->data, text,
					   piece < DH_LINE_MAX ? piece : DH_LINE_MAX);
		}
		if (ret)
			return ret;
		text = newline + 1;
	}
	return 0;
}

int dh_lines_end(struct dh_lines *lines)
{
	size_t length = lines->length;

	lines->length = 0;
	return length ? lines->visit(lines->data, lines->line, length) : 0;
}

int dh_lines_read_file(int dir, const char *path,
		       int (*visit)(void *data, const char *line, size_t length), void *data,
		       uint64_t *total)
{
	struct dh_lines lines = { .visit = visit, .data = data };
	dh_auto(fd) int fd = dh_file_open(dir, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	char chunk[32768];
	uint64_t sum = 0;

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t got = read(fd, chunk, sizeof(chunk));
		int ret;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got && total)
			*total = sum;
		if (!got)
			return dh_lines_end(&lines);
		sum += (uint64_t)got;
		if (sum > DH_LINES_MAX)
			return -EFBIG;
		ret = dh_lines_feed(&lines, chunk, (size_t)got);
		if (ret)
			return ret;
	}
}

char *dh_line_find(char *text, const char *start)
{
	const size_t length = strlen(start);

	while (strncmp(text, start, length) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + length;
}
