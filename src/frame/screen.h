/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Determines the size and the colour support of a terminal, and draws on its screen.
 */
#ifndef DH_FRAME_SCREEN_H
#define DH_FRAME_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Width in columns of a terminal whose size is unknown. */
#define DH_SCREEN_WIDTH 80

/*
 * Sets `*rows` and `*columns` to the current size of the terminal `fd`, or to 24 and
 * DH_SCREEN_WIDTH if the size is unknown, as on some serial consoles.
 */
void dh_screen_size(int fd, unsigned int *rows, unsigned int *columns);

/*
 * Returns the maximum length of a line for `fd`: the value of COLUMNS in the environment if it is a
 * number from 1 to 65535, else the width of the terminal, or 0 if `fd` is not a terminal.
 */
size_t dh_screen_width(int fd);

enum dh_colour_when { DH_COLOUR_AUTO, DH_COLOUR_ALWAYS, DH_COLOUR_NEVER };

/*
 * Returns true if text for `fd` may contain colours. With DH_COLOUR_AUTO, `fd` must be a terminal,
 * TERM must have a value other than "dumb", and NO_COLOR must be unset or empty.
 */
bool dh_screen_colour(int fd, enum dh_colour_when colour);

/* A table that replaces an earlier one on a screen. */
struct dh_frame {
	/*
	 * Lines of tables or records, each terminated by '\n'. A record begins with DH_RECORD_MARK.
	 */
	const char *text;
	const char *former;   /* text of the previous frame; NULL: none */
	bool heading;	      /* the first line of a table is a heading */
	const char *footer;   /* line below the table, without '\n'; NULL: none */
	unsigned int rows;    /* rows of the screen */
	unsigned int columns; /* columns of the screen; 0: no line is longer than a row */
};

/*
 * Overwrites the screen of the terminal `out` with a frame. The cursor remains below the frame. If
 * not all rows of the table or records fit, prefers the rows that differ from the previous frame by
 * more than blanks. In this case, also prints the number of rows that are not shown in full. The
 * caller flushes `out`.
 */
void dh_screen_draw(FILE *out, const struct dh_frame *frame);

#endif
