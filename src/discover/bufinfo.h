/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parser for debugfs dma_buf/bufinfo, which lists all dma-bufs of the kernel and the devices that
 * are attached to them.
 *
 * dma_buf_debug_show() in drivers/dma-buf/dma-buf.c writes these lines:
 *
 *   size flags mode count exp_name ino [name]              the heading
 *   %08zu %08x %08x %08ld %s %08lu %s                      a row, with tabs between the fields
 *   \t...                                                  fences
 *   \tAttached Devices:
 *   \t%s                                                   one line for each device
 *   Total %d devices attached
 *   Total %d objects, %zu bytes
 *
 * Kernels before 5.3 write neither `ino` nor `name`. Kernels before 6.0 write no heading for the
 * name. Some vendor kernels, such as Rockchip's 4.19, pad exp_name with blanks. Old kernels skip an
 * entry that they fail to lock, and write "\tERROR locking buffer object: skipping" instead.
 *
 * Any holder of a buffer can set its name, which has up to 31 bytes and may contain newlines. A
 * part of a name can look like any line except a row, which has at least 46 bytes. An entry
 * therefore ends where the next row begins. If several lines look like the same element of an
 * entry, all but the last can be part of the name.
 */
#ifndef DH_DISCOVER_BUFINFO_H
#define DH_DISCOVER_BUFINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"
#include "base/root.h"
#include "model/buffer.h"

/* A buffer in the kernel's list, from any source (discover/buffer-list.h). */
struct dh_listed_buffer {
	struct dh_maybe inode; /* unknown if bufinfo has no inodes */
	uint64_t size;
	struct dh_maybe references;	/* reference count of the buffer's file */
	char exporter[DH_EXPORTER_MAX]; /* never empty */
	char name[DH_BUFFER_NAME_MAX];	/* "" for none; possibly cut at a newline */
	struct dh_maybe attachments;	/* bufinfo: known if the total matches the device lines */
	/* Unique names, joined by ','; truncated with "...". "" if `attachments` is unknown. */
	char devices[1024];
};

/*
 * The kind of line that the parser expects. After the heading, the parser also accepts rows and
 * totals in every state.
 */
enum dh_bufinfo_state {
	DH_BUFINFO_HEADING, /* the heading, or a line before it */
	DH_BUFINFO_ROWS,    /* a row, the total or an empty line */
	DH_BUFINFO_NAME,    /* more of the last row's name, or the first line after the name */
	DH_BUFINFO_OTHER,   /* fences, or the lines after the devices */
	DH_BUFINFO_DEVICES, /* a device, or the number of devices */
};

struct dh_bufinfo {
	/* Called for each buffer. A non-zero result of `visit` ends the parsing. */
	int (*visit)(void *data, const struct dh_listed_buffer *entry);
	void *data;
	/*
	 * Private to the parser. The caller must zero these members before the first call to
	 * dh_bufinfo_line().
	 */
	struct dh_listed_buffer entry;
	enum dh_bufinfo_state state; /* from DH_BUFINFO_NAME on, `entry` is not yet visited */
	bool no_inodes;		     /* the heading has no `ino` */
	bool padded;		     /* `exp_name` is padded with blanks, like its heading */
	uint64_t attached;	     /* number of device lines of `entry` */
	uint64_t n, bytes;	     /* number of rows so far, and their total size */
	struct dh_maybe total, total_bytes; /* numbers in the kernel's line "Total ... objects" */
};

/*
 * Parses a line of `length` bytes, without the newline. `bufinfo` is a struct dh_bufinfo: struct
 * dh_lines can call this function. Returns 0; -EBADMSG if the line is malformed; or the result of
 * `visit`.
 */
int dh_bufinfo_line(void *bufinfo, const char *line, size_t length);

/*
 * Visits the last buffer, and checks the total. Call this function after the last line. Returns 0;
 * the result of `visit`; or -EBADMSG if the list is incomplete: then discard the buffers visited so
 * far.
 */
int dh_bufinfo_end(struct dh_bufinfo *bufinfo);

/*
 * Reads debugfs dma_buf/bufinfo, and calls `visit` for each buffer. Returns 0, an error from the
 * two functions above, or another -errno: -ENOENT without debugfs or the file, -EACCES without
 * permission.
 */
int dh_bufinfo_read(const struct dh_root *root,
		    int (*visit)(void *data, const struct dh_listed_buffer *entry), void *data);

#endif
