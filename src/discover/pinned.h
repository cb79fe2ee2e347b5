/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists all dma-bufs of the kernel with the BPF iterator that Android pins in bpffs. A read() of
 * the pinned file runs the iterator's program.
 *
 * Android's bpfloader pins the program of system/bpfprogs/dmabufIter.c. The path and the order of
 * the fields are those of Android's reader, GetDmabufBPFStats() in
 * libdmabufinfo/dmabuf_bpf_stats.cpp of system/memory/libmeminfo. dmabuf_collector() of the kernel
 * (tools/testing/selftests/bpf/progs/dmabuf_iter.c) writes the same four lines for each buffer:
 *
 *   %lu   inode
 *   %llu  size in bytes
 *   %s    name, with spaces in place of newlines; empty if the buffer has no name
 *   %s    exporter
 *
 * Anyone who may write to bpffs can pin another program at this path, so the parser checks every
 * line.
 */
#ifndef DH_DISCOVER_PINNED_H
#define DH_DISCOVER_PINNED_H

#include <stddef.h>

#include "base/root.h"
#include "discover/bufinfo.h"

/* Path of the pinned file below /sys. */
#define DH_PINNED_PATH "fs/bpf/dmabuf/prog_dmabufIter_iter_dmabuf"

/* Maximum number of buffers. The parser rejects a longer list. */
#define DH_PINNED_MAX 1000000

struct dh_pinned {
	/*
	 * Called for each buffer, whose inode is known and not 0, and whose references and
	 * attachments are unknown. A non-zero result of `visit` ends the parsing.
	 */
	int (*visit)(void *data, const struct dh_listed_buffer *entry);
	void *data;
	/*
	 * Private to the parser. The caller must zero these members before the first call to
	 * dh_pinned_line().
	 */
	struct dh_listed_buffer entry;
	unsigned int field; /* index of the field on the next line */
	size_t n;	    /* number of buffers so far */
};

/*
 * Parses a line of `length` bytes, without the newline. `pinned` is a struct dh_pinned: struct
 * dh_lines can call this function. Returns 0; -EBADMSG if the line is malformed; -EFBIG after more
 * than DH_PINNED_MAX buffers; or the result of `visit`.
 */
int dh_pinned_line(void *pinned, const char *line, size_t length);

/*
 * Checks the end of the list. Call this function after the last line. Returns 0, or -EBADMSG if the
 * last buffer is incomplete.
 */
int dh_pinned_end(const struct dh_pinned *pinned);

/*
 * Reads the pinned file, and calls `visit` for each buffer. Returns 0, an error from the two
 * functions above, or another -errno: -ENOENT if the file does not exist. After an error, discard
 * the buffers visited so far.
 */
int dh_pinned_read(const struct dh_root *root,
		   int (*visit)(void *data, const struct dh_listed_buffer *entry), void *data);

#endif
