// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/units.h"

void dh_screen_size(int fd, unsigned int *rows, unsigned int *columns)
{
	struct winsize size = { 0 };
	int ret = ioctl(fd, TIOCGWINSZ, &size);

	*rows = ret || !size.ws_row ? 24 : size.ws_row;
	*columns = ret || !size.ws_col ? DH_SCREEN_WIDTH : size.ws_col;
}

size_t dh_screen_width(int fd)
{
	const char *text = getenv("COLUMNS");
	unsigned int rows, columns;
	uint64_t width;

	if (text && !dh_parse_count(text, 1, UINT16_MAX, &width))
		return (size_t)width;
	if (!isatty(fd))
		return 0;
	dh_screen_size(fd, &rows, &columns);
	return columns;
}

bool dh_screen_colour(int fd, enum dh_colour_when colour)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (colour != DH_COLOUR_AUTO)
		return colour == DH_COLOUR_ALWAYS;
	return isatty(fd) && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb");
}

static const char *next_line(const char *line)
{
	const char *end = strchrnul(line, '\n');

	return end + (*end != '\0');
}

/* Compares two lines without their blanks: one longer cell moves the cells of all lines. */
static bool is_same(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, " ");
		b += strspn(b, " ");
		if (*a != *b)
			return false;
		if (!*a || *a == '\n')
			return true;
	}
}

static bool is_changed(const struct dh_frame *frame, const char *line)
{
	if (!frame->former)
		return false;
	for (const char *at = frame->former; *at; at = next_line(at))
		if (is_same(at, line))
			return false;
	return true;
}

static void draw_line(FILE *out, const char *line)
{
	fprintf(out, "%.*s\033[K\n", (int)strcspn(line, "\n"), line);
}

void dh_screen_draw(FILE *out, const struct dh_frame *frame)
{
	const char *first = frame->heading ? next_line(frame->text) : frame->text;
	unsigned int n = 0, n_changed = 0, room, others, hidden;

	for (const char *line = first; *line; line = next_line(line)) {
		n++;
		n_changed += is_changed(frame, line);
	}
	/* The last row is for the cursor: a line break there would scroll the screen. */
	room = 1U + frame->heading + !!frame->footer;
	room = frame->rows > room ? frame->rows - room : 0;
	if (n > room)
		room = room ? room - 1 : 0;
	others = n_changed < room ? room - n_changed : 0;
	hidden = n > room ? n - room : 0;

	fputs("\033[H", out);
	if (frame->heading)
		draw_line(out, frame->text);
	for (const char *line = first; *line; line = next_line(line)) {
		unsigned int *left = is_changed(frame, line) ? &room : &others;

		if (!*left)
			continue;
		draw_line(out, line);
		room--;
		others -= left == &others;
	}
	if (hidden)
		fprintf(out, "(rows not shown: %u)\033[K\n", hidden);
	if (frame->footer)
		draw_line(out, frame->footer);
	fputs("\033[J", out);
}
