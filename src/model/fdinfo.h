/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc/PID/fdinfo/FD and /proc/PID/maps say of dma-bufs: the text alone.
 *
 * Names are the holders' choice, 31 bytes of anything but NUL. They stand last in both
 * texts, so what comes before them is the kernel's.
 */
#ifndef DH_MODEL_FDINFO_H
#define DH_MODEL_FDINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/maybe.h"
#include "model/buffer.h"

/* What the link of a descriptor and the path of a mapping begin with (dmabuffs_dname()). */
#define DH_DMABUF_PATH "/dmabuf:"

struct dh_fdinfo {
	struct dh_maybe inode; /* since 5.14 */
	struct dh_maybe size;
	struct dh_maybe count; /* references to its file */
	char exporter[DH_EXPORTER_MAX];
	char name[DH_BUFFER_NAME_MAX]; /* "" where it has none */
	bool path_only;		       /* O_PATH: then nothing above but the inode is told */
};

/*
 * Of dma_buf_show_fdinfo() and, before that, of fs/proc/fd.c. 0; -EBADFD where it is no
 * dma-buf's, or of a descriptor with O_PATH; -EBADMSG where it is, but not as the kernel writes it.
 */
int dh_fdinfo_parse(const char *text, size_t length, struct dh_fdinfo *info);

struct dh_maps_line {
	uint64_t start, end;
	dev_t dev;
	uint64_t inode;
	char name[DH_BUFFER_NAME_MAX]; /* "" where it has none */
};

/* A line of maps. False where it is of no dma-buf. */
bool dh_maps_parse(const char *line, size_t length, struct dh_maps_line *mapping);

/* Copies a name of `length` bytes, or what fits of it. */
void dh_buffer_name_copy(char out[DH_BUFFER_NAME_MAX], const char *name, size_t length);

#endif
