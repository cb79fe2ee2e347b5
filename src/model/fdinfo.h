/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsers for the dma-bufs in /proc/PID/fdinfo/FD and /proc/PID/maps.
 *
 * Any holder can set the name of a buffer to any text of up to 31 bytes. In fdinfo and maps, the
 * name is last, so a forged name cannot change the values before it.
 */
#ifndef DH_MODEL_FDINFO_H
#define DH_MODEL_FDINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/maybe.h"
#include "model/buffer.h"

/*
 * Prefix of the link targets of dma-bufs in /proc/PID/fd and of their paths in /proc/PID/maps
 * (dmabuffs_dname() in drivers/dma-buf/dma-buf.c).
 */
#define DH_DMABUF_PATH "/dmabuf:"

struct dh_fdinfo {
	struct dh_maybe inode; /* unknown before Linux 5.14 */
	struct dh_maybe size;  /* bytes */
	struct dh_maybe count; /* reference count of the file */
	char exporter[DH_EXPORTER_MAX];
	char name[DH_BUFFER_NAME_MAX]; /* "" if it has no name */
	bool path_only;		       /* O_PATH descriptor: only the inode can be known */
};

/*
 * Parses the lines that fs/proc/fd.c and dma_buf_show_fdinfo() print. Returns 0; -EBADFD if the
 * file is not a dma-buf, or was opened with O_PATH; or else -EBADMSG if a line is malformed
 * or the size is missing.
 */
int dh_fdinfo_parse(const char *text, size_t length, struct dh_fdinfo *info);

struct dh_maps_line {
	uint64_t start, end;
	dev_t dev;
	uint64_t inode;
	char name[DH_BUFFER_NAME_MAX]; /* "" if it has no name */
};

/* Parses a line of /proc/PID/maps. Returns false if the line does not describe a dma-buf. */
bool dh_maps_parse(const char *line, size_t length, struct dh_maps_line *mapping);

/*
 * Copies a name that ends at the first NUL or after `length` bytes. Truncates the copy if
 * necessary, and appends a NUL.
 */
void dh_buffer_name_copy(char out[DH_BUFFER_NAME_MAX], const char *name, size_t length);

#endif
