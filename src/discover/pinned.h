/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All dma-bufs of the kernel, from the BPF iterator that Android pins in bpffs. Each read() of the
 * pinned file runs the program.
 *
 * Android's bpfloader pins system/bpfprogs/dmabufIter.c. The path and the order of the fields are
 * those of its reader, GetDmabufBPFStats() in libdmabufinfo/dmabuf_bpf_stats.cpp of
 * system/memory/libmeminfo. The kernel tests the same program in
 * tools/testing/selftests/bpf/progs/dmabuf_iter.c. It writes four lines for each buffer:
 *
 *   %lu   inode
 *   %llu  size in bytes
 *   %s    name, empty if the buffer has none; a newline in it becomes a space
 *   %s    exporter
 *
 * Anyone who may write to bpffs can pin another program there, so every line is checked.
 */
#ifndef DH_DISCOVER_PINNED_H
#define DH_DISCOVER_PINNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/root.h"
#include "model/buffer.h"

/* Below /sys. */
#define DH_PINNED_PATH "fs/bpf/dmabuf/prog_dmabufIter_iter_dmabuf"

/* A list of more buffers is rejected. */
#define DH_PINNED_MAX 1000000

struct dh_pinned_entry {
	uint64_t inode; /* never 0 */
	uint64_t size;
	char name[DH_BUFFER_NAME_MAX];
	char exporter[DH_EXPORTER_MAX]; /* never empty */
};

struct dh_pinned {
	/* Called for each buffer. A non-zero result stops the parser. */
	int (*visit)(void *data, const struct dh_pinned_entry *entry);
	void *data;
	/* Private to the parser, zeroed by the caller. */
	struct dh_pinned_entry entry;
	unsigned int field; /* index of the field on the next line */
	size_t n;	    /* number of buffers so far */
};

/* Parses one line. Returns 0, -EBADMSG, -EFBIG beyond DH_PINNED_MAX, or the result of `visit`. */
int dh_pinned_line(struct dh_pinned *pinned, const char *line, size_t length);

/* Ends the text. Returns 0, or -EBADMSG if the last buffer is incomplete. */
int dh_pinned_end(const struct dh_pinned *pinned);

/*
 * Reads the whole file below `root`. Returns an error of the two functions above or -errno:
 * -ENOENT if the file does not exist. After an error, discard the buffers visited so far.
 */
int dh_pinned_read(const struct dh_root *root,
		   int (*visit)(void *data, const struct dh_pinned_entry *entry), void *data);

#endif
