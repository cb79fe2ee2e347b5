// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "present/document.h"

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

/* A record, or a row of a table with the continuation lines of its cells. */
struct row {
	const char *text, *end;
	unsigned int height; /* number of screen rows */
};

/* Returns the number of screen rows that a line occupies. */
static unsigned int line_height(const char *line, unsigned int columns)
{
	size_t length = strcspn(line, "\n"), width;
	dh_auto(free) char *plain = strndup(line, length);
	char *to = plain;

	if (!plain || !columns)
		return 1;
	for (const char *from = plain; *from; from++) {
		/* The escape sequence of a colour occupies no column. */
		if (*from == '\033')
			from = strchrnul(from, 'm');
		else if (*from != DH_RECORD_MARK)
			*to++ = *from;
		if (!*from)
			break;
	}
	*to = '\0';
	width = dh_text_width(plain);
	return width ? (unsigned int)((width + columns - 1) / columns) : 1;
}

/* Sets `row` to the row that begins at `text`, including the empty line below it, if any. */
static void find_row(const char *text, unsigned int columns, struct row *row)
{
	const bool record = *text == DH_RECORD_MARK;

	*row = (struct row){ .text = text, .end = text };
	do {
		row->height += line_height(row->end, columns);
		row->end = next_line(row->end);
	} while (*row->end && *row->end != '\n' && (record || *row->end == ' '));
	if (*row->end == '\n') {
		row->height++;
		row->end++;
	}
}

/* Compares two rows, ignoring blanks: a cell that grows can shift the cells of all rows. */
static bool is_same(const struct row *a, const struct row *b)
{
	const char *at = a->text, *other = b->text;

	for (;; at++, other++) {
		at += strspn(at, " \n");
		other += strspn(other, " \n");
		if (at >= a->end || other >= b->end)
			return at >= a->end && other >= b->end;
		if (*at != *other)
			return false;
	}
}

static bool is_changed(const struct dh_frame *frame, const struct row *row)
{
	struct row former;

	if (!frame->former)
		return false;
	for (const char *at = frame->former; *at; at = former.end) {
		find_row(at, 0, &former);
		if (is_same(&former, row))
			return false;
	}
	return true;
}

static void draw_line(FILE *out, const char *line)
{
	line += *line == DH_RECORD_MARK;
	fprintf(out, "%.*s\033[K\n", (int)strcspn(line, "\n"), line);
}

/* Draws the lines of a row that fit into `room` screen rows. Returns their height. */
static unsigned int draw_row(FILE *out, const struct row *row, unsigned int room,
			     unsigned int columns)
{
	unsigned int used = 0;

	for (const char *line = row->text; line < row->end; line = next_line(line)) {
		unsigned int height = line_height(line, columns);

		if (used + height > room)
			break;
		draw_line(out, line);
		used += height;
	}
	return used;
}

void dh_screen_draw(FILE *out, const struct dh_frame *frame)
{
	const bool heading = frame->heading && *frame->text && *frame->text != DH_RECORD_MARK;
	const char *first = heading ? next_line(frame->text) : frame->text;
	unsigned int height = 0, changed = 0, hidden = 0, room, others, all;
	struct row row;

	for (const char *at = first; *at; at = row.end) {
		find_row(at, frame->columns, &row);
		height += row.height;
		changed += is_changed(frame, &row) ? row.height : 0;
	}
	/* Keep the last row free for the cursor: a line break there would scroll the screen. */
	room = 1U + (heading ? line_height(frame->text, frame->columns) : 0) +
	       (frame->footer ? line_height(frame->footer, frame->columns) : 0);
	room = frame->rows > room ? frame->rows - room : 0;
	if (height > room)
		room = room ? room - 1 : 0;
	others = changed < room ? room - changed : 0;
	all = room;

	fputs("\033[H", out);
	if (heading)
		draw_line(out, frame->text);
	for (const char *at = first; *at; at = row.end) {
		unsigned int *left, used = 0;

		find_row(at, frame->columns, &row);
		left = is_changed(frame, &row) ? &room : &others;
		/* Truncate a row only if it is taller than the screen. */
		if (row.height <= *left || row.height > all)
			used = draw_row(out, &row, *left, frame->columns);
		hidden += used < row.height;
		room -= used;
		others -= left == &others ? used : 0;
	}
	if (hidden)
		fprintf(out, "(rows not shown in full: %u)\033[K\n", hidden);
	if (frame->footer)
		draw_line(out, frame->footer);
	fputs("\033[J", out);
}
