/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads files of any length, line by line, in bounded memory.
 */
#ifndef DH_DISCOVER_LINES_H
#define DH_DISCOVER_LINES_H

#include <stddef.h>
#include <stdint.h>

/* Longer lines are cut to this number of bytes. */
#define DH_LINE_MAX 4096

/* The maps file of a process with two million mappings has about this size. */
#define DH_LINES_MAX ((uint64_t)256 << 20)

struct dh_lines {
	/* Called for each line, without newline or terminating NUL. Non-zero stops the reading. */
	int (*visit)(void *data, const char *line, size_t length);
	void *data;
	size_t length; /* bytes of an incomplete line in `line` */
	char line[DH_LINE_MAX];
};

/* Takes the next piece of the text, of any length. Returns 0 or the result of `visit`. */
int dh_lines_feed(struct dh_lines *lines, const char *text, size_t length);

/* Visits a last line that has no newline. Returns 0 or the result of `visit`. */
int dh_lines_end(struct dh_lines *lines);

/*
 * Reads `fd` to its end. Returns 0, the result of `visit`, or -errno of read(); -EFBIG if the
 * file exceeds DH_LINES_MAX. On success, `total` (may be NULL) receives the number of bytes.
 */
int dh_lines_read(struct dh_lines *lines, int fd, uint64_t *total);

/* Opens `path` with dh_file_open() and reads it like dh_lines_read(). Also returns its -errno. */
int dh_lines_read_file(int dir, const char *path,
		       int (*visit)(void *data, const char *line, size_t length), void *data,
		       uint64_t *total);

#endif
