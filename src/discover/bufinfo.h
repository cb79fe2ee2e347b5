/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser for debugfs dma_buf/bufinfo: all dma-bufs of the kernel, with the attached devices.
 *
 * dma_buf_debug_show() in drivers/dma-buf/dma-buf.c writes it:
 *
 *   size flags mode count exp_name ino [name]              the heading
 *   %08zu %08x %08x %08ld %s %08lu %s                      a row, with tabs between the fields
 *   \t...                                                  fences
 *   \tAttached Devices:
 *   \t%s                                                   one line for each device
 *   Total %d devices attached
 *   Total %d objects, %zu bytes
 *
 * Kernels before 5.3 write no `ino`: their lists are rejected. The holder of a buffer chooses its
 * name: up to 31 bytes, including newlines. A name can therefore look like any line except a row,
 * which has at least 36 bytes. So an entry ends where the next row begins. If several lines
 * look like the same element of an entry, the last one is the kernel's.
 */
#ifndef DH_DISCOVER_BUFINFO_H
#define DH_DISCOVER_BUFINFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"
#include "base/root.h"
#include "model/buffer.h"

struct dh_bufinfo_entry {
	uint64_t inode;
	uint64_t size;
	uint64_t count;		       /* reference count of its file */
	char exporter[256];	       /* never empty */
	char name[DH_BUFFER_NAME_MAX]; /* "" for none; possibly cut at a newline */
	struct dh_maybe attachments;   /* unknown if the lines are inconsistent */
	char devices[1024];	       /* unique, joined by ','; ends in "..." if cut */
};

/* The kind of line that the parser expects. After the heading, it also accepts rows and totals. */
enum dh_bufinfo_state {
	DH_BUFINFO_HEADING, /* the heading, or a line before it */
	DH_BUFINFO_ROWS,    /* nothing but a row or the total */
	DH_BUFINFO_NAME,    /* more of the last row's name, or the first line after the name */
	DH_BUFINFO_OTHER,   /* fences, or the lines after the devices */
	DH_BUFINFO_DEVICES, /* a device, or the number of devices */
};

struct dh_bufinfo {
	/* Called for each buffer. A non-zero result stops the parser. */
	int (*visit)(void *data, const struct dh_bufinfo_entry *entry);
	void *data;
	/* Private to the parser, zeroed by the caller. */
	struct dh_bufinfo_entry entry;
	enum dh_bufinfo_state state; /* `entry` is incomplete from DH_BUFINFO_NAME on */
	size_t name_length;
	uint64_t attached;		    /* lines of devices in `entry` */
	uint64_t n, bytes;		    /* sums over the rows so far */
	struct dh_maybe total, total_bytes; /* sums that the kernel reports */
};

/* Parses one line. Returns 0, -EBADMSG, or the result of `visit`. */
int dh_bufinfo_line(struct dh_bufinfo *bufinfo, const char *line, size_t length);

/*
 * Ends the text. Returns 0, the result of `visit`, or -EBADMSG if the list is incomplete: then
 * discard the buffers visited so far.
 */
int dh_bufinfo_end(struct dh_bufinfo *bufinfo);

/*
 * Reads the whole file below `root`. Returns an error of the two functions above or -errno:
 * -ENOENT without debugfs or the file, -EACCES without permission.
 */
int dh_bufinfo_read(const struct dh_root *root,
		    int (*visit)(void *data, const struct dh_bufinfo_entry *entry), void *data);

#endif
