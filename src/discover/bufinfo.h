/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debugfs dma_buf/bufinfo: all dma-bufs that the kernel has, with the devices attached.
 *
 * Written by dma_buf_debug_show() in drivers/dma-buf/dma-buf.c:
 *
 *   size flags mode count exp_name ino [name]              the heading
 *   %08zu %08x %08x %08ld %s %08lu %s                      a row, fields apart by tabs
 *   \t...                                                  fences
 *   \tAttached Devices:
 *   \t%s                                                   each
 *   Total %d devices attached
 *   Total %d objects, %zu bytes
 *
 * Rows without `ino` (before 5.3) are of no use here. A row's name is its holder's choice,
 * up to 31 bytes, newlines included: it can look like any line but a row, which takes 36.
 * So a record ends where the next row begins, and of lines that tell the same the last is
 * the kernel's.
 */
#ifndef DH_DISCOVER_BUFINFO_H
#define DH_DISCOVER_BUFINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"
#include "base/root.h"
#include "discover/lines.h"
#include "model/buffer.h"

struct dh_bufinfo_entry {
	uint64_t inode;
	uint64_t size;
	uint64_t count;		       /* references to its file */
	char exporter[256];	       /* never empty */
	char name[DH_BUFFER_NAME_MAX]; /* "" where it has none, or what of it can be told */
	struct dh_maybe attachments;   /* unknown where the lines contradict each other */
	char devices[1024];	       /* each once, joined by ','; "..." last where cut */
};

/* What the next line may be. After the heading it may also be a row, or the total. */
enum dh_bufinfo_place {
	DH_BUFINFO_HEADING, /* the heading, or a line before it */
	DH_BUFINFO_ROWS,    /* a row or the total, and nothing else */
	DH_BUFINFO_NAME,    /* more of the last row's name, or what follows the name */
	DH_BUFINFO_OTHER,   /* neither: fences, or what follows the devices */
	DH_BUFINFO_DEVICES, /* a device, or the number of devices */
};

struct dh_bufinfo {
	/* Called for each buffer; non-zero ends it. */
	int (*visit)(void *data, const struct dh_bufinfo_entry *entry);
	void *data;
	/* The rest is the reader's own; zeroed at first. */
	struct dh_bufinfo_entry entry;
	enum dh_bufinfo_place place; /* from DH_BUFINFO_NAME on, `entry` is being gathered */
	size_t name_length;
	uint64_t attached;
	uint64_t n, bytes; /* of rows until now */
	struct dh_maybe total, total_bytes;
};

/* One line. 0, -EBADMSG, or what `visit` returned. */
int dh_bufinfo_line(struct dh_bufinfo *bufinfo, const char *line, size_t length);

/*
 * After the last: 0, what `visit` returned, or -EBADMSG where this was not the whole of such
 * a list. What was visited before may then be wrong.
 */
int dh_bufinfo_end(struct dh_bufinfo *bufinfo);

/*
 * Both, for the file below `root`. Also -ENOENT where debugfs or the file is not there,
 * -EACCES for those who may not read it, or another -errno.
 */
int dh_bufinfo_read(const struct dh_root *root,
		    int (*visit)(void *data, const struct dh_bufinfo_entry *entry), void *data);

#endif
