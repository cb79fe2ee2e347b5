/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads text files line by line, in bounded memory, and searches the lines of a text.
 */
#ifndef DH_DISCOVER_LINES_H
#define DH_DISCOVER_LINES_H

#include <stddef.h>
#include <stdint.h>

/* Maximum length of a line in bytes. Longer lines are truncated. */
#define DH_LINE_MAX 4096

/*
 * Maximum size of a file in bytes. The maps file of a process with two million mappings has about
 * this size.
 */
#define DH_LINES_MAX ((uint64_t)256 << 20)

struct dh_lines {
	/*
	 * Called for each line. `line` has `length` bytes, without the newline, and no terminating
	 * NUL. A non-zero result of `visit` ends the reading.
	 */
	int (*visit)(void *data, const char *line, size_t length);
	void *data;
	size_t length; /* number of bytes in `line`, which holds an incomplete line */
	char line[DH_LINE_MAX];
};

/*
 * Visits the lines that end in `text` (the next `length` bytes of a file), and keeps the rest in
 * lines->line. Returns 0 or the result of `visit`.
 */
int dh_lines_feed(struct dh_lines *lines, const char *text, size_t length);

/*
 * Visits the last line if it has no newline. Call this function after the last dh_lines_feed().
 * Returns 0 or the result of `visit`.
 */
int dh_lines_end(struct dh_lines *lines);

/*
 * Opens `path` beneath `dir` with dh_file_open(), reads the file to its end, and visits all lines.
 * Returns 0; the result of `visit`; -EFBIG if the file exceeds DH_LINES_MAX; or an error from
 * dh_file_open() or read(). At the end of the file, sets `*total` to the number of bytes read,
 * unless `total` is NULL.
 */
int dh_lines_read_file(int dir, const char *path,
		       int (*visit)(void *data, const char *line, size_t length), void *data,
		       uint64_t *total);

/*
 * Returns the text after `start` in the first line of `text` that begins with `start`, or NULL. The
 * result is not cut at the end of the line.
 */
char *dh_line_find(char *text, const char *start);

#endif
