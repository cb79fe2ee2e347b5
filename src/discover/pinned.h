/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All dma-bufs that the kernel has, from the BPF iterator that Android pins. The file is read as
 * any other, and each read() of it runs the program.
 *
 * Android's bpfloader pins system/bpfprogs/dmabufIter.c; the path and the order of the fields are
 * those of its reader, GetDmabufBPFStats() in libdmabufinfo/dmabuf_bpf_stats.cpp of
 * system/memory/libmeminfo. Linux tests the same program in
 * tools/testing/selftests/bpf/progs/dmabuf_iter.c. For each buffer it writes four lines:
 *
 *   %lu   inode
 *   %llu  size in bytes
 *   %s    name, empty where it has none; a newline in it becomes a space
 *   %s    exporter
 *
 * Whoever may write to the file system can pin another program there, so nothing of the text is
 * taken for granted.
 */
#ifndef DH_DISCOVER_PINNED_H
#define DH_DISCOVER_PINNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/root.h"
#include "model/buffer.h"

/* Below /sys. */
#define DH_PINNED_PATH "fs/bpf/dmabuf/prog_dmabufIter_iter_dmabuf"

/* Buffers, beyond which the file is not believed. */
#define DH_PINNED_MAX 1000000

struct dh_pinned_entry {
	uint64_t inode; /* never 0 */
	uint64_t size;
	char name[DH_BUFFER_NAME_MAX];
	char exporter[DH_EXPORTER_MAX]; /* never empty */
};

struct dh_pinned {
	/* Called for each buffer; non-zero ends it. */
	int (*visit)(void *data, const struct dh_pinned_entry *entry);
	void *data;
	/* The rest is the reader's own; zeroed at first. */
	struct dh_pinned_entry entry;
	unsigned int field; /* that the next line is */
	size_t n;	    /* buffers until now */
};

/* One line. 0, -EBADMSG, -EFBIG beyond DH_PINNED_MAX, or what `visit` returned. */
int dh_pinned_line(struct dh_pinned *pinned, const char *line, size_t length);

/* After the last line: 0, or -EBADMSG in the middle of a buffer. */
int dh_pinned_end(const struct dh_pinned *pinned);

/*
 * Both, for the file below `root`. Also -ENOENT where it is not there, or another -errno. After an
 * error, what was visited before may be wrong.
 */
int dh_pinned_read(const struct dh_root *root,
		   int (*visit)(void *data, const struct dh_pinned_entry *entry), void *data);

#endif
