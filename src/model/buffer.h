/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts of one dma-buf, as the kernel gives them.
 */
#ifndef DH_MODEL_BUFFER_H
#define DH_MODEL_BUFFER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/maybe.h"

/* DMA_BUF_NAME_LEN of include/uapi/linux/dma-buf.h counts the NUL. */
#define DH_BUFFER_NAME_MAX 32

/* The name of an exporter may be a heap's, which is as long as a file's can be; and a NUL. */
#define DH_EXPORTER_MAX 256

/* What to allocate. */
struct dh_buffer_request {
	const char *heap;  /* a name or a class; NULL: not given */
	uint64_t size;	   /* bytes; 0: not given */
	uint32_t fd_flags; /* O_ACCMODE, O_CLOEXEC, and whatever else was asked for */
	uint64_t heap_flags;
	const char *label; /* name of the buffer, shorter than DH_BUFFER_NAME_MAX, or NULL */
	bool force;	   /* also more than there seems to be */
};

struct dh_buffer_facts {
	const char *heap;		/* NULL for a descriptor that was handed to us; not owned */
	bool described;			/* size, inode, name, exporter and fd_flags are known */
	uint64_t size;			/* as the kernel rounded it */
	ino_t inode;			/* names the dma-buf, whoever holds a descriptor of it */
	char name[DH_BUFFER_NAME_MAX];	/* "" where it has none */
	char exporter[DH_EXPORTER_MAX]; /* "" where fdinfo does not tell */
	int fd;				/* open, also where `described` is not set */
	uint32_t fd_flags;		/* O_ACCMODE and O_CLOEXEC, as fcntl() reads them back */
	struct dh_maybe nanoseconds;	/* the ALLOC ioctl alone; unknown for one handed to us */
};

#endif
