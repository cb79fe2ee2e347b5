/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of any length, a line at a time, in bounded memory.
 */
#ifndef DH_DISCOVER_LINES_H
#define DH_DISCOVER_LINES_H

#include <stddef.h>
#include <stdint.h>

/* What a line has beyond this is not seen. */
#define DH_LINE_MAX 4096

/* A process with two million mappings has maps of that size. */
#define DH_LINES_MAX ((uint64_t)256 << 20)

struct dh_lines {
	/* Called for each line, without its newline and not ended by a NUL; non-zero ends it. */
	int (*visit)(void *data, const char *line, size_t length);
	void *data;
	size_t length; /* of the line that is being gathered */
	char line[DH_LINE_MAX];
};

/* In pieces of any length. 0, or what `visit` returned. */
int dh_lines_feed(struct dh_lines *lines, const char *text, size_t length);

/* Hands on a last line that has no newline. */
int dh_lines_end(struct dh_lines *lines);

/*
 * Feeds the whole file and ends it. 0, what `visit` returned, or -errno of reading; -EFBIG
 * beyond DH_LINES_MAX. `total` (may be NULL) takes how many bytes there were, on success.
 */
int dh_lines_read(struct dh_lines *lines, int fd, uint64_t *total);

#endif
