/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One dma-buf: the request that allocates it, its attributes, and the results of a CPU mapping
 * and of a device mapping.
 */
#ifndef DH_MODEL_BUFFER_H
#define DH_MODEL_BUFFER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/maybe.h"

/* Size of a buffer name, including the NUL: DMA_BUF_NAME_LEN in include/uapi/linux/dma-buf.h. */
#define DH_BUFFER_NAME_MAX 32

/*
 * Size of an exporter name, including the NUL. Most heaps export buffers under their own names,
 * which have at most NAME_MAX bytes.
 */
#define DH_EXPORTER_MAX 256

struct dh_buffer_request {
	const char *heap;    /* name or class of the heap, or NULL */
	uint64_t size;	     /* bytes, or 0 if not given */
	uint32_t fd_flags;   /* passed to the kernel unchanged */
	uint64_t heap_flags; /* passed to the kernel unchanged */
	const char *label;   /* name for the buffer, shorter than DH_BUFFER_NAME_MAX, or NULL */
	bool force;	     /* try the allocation even if it exceeds the available memory */
	bool probe;	     /* `size` is a limit; see dh_heap_probe() */
};

struct dh_buffer_facts {
	const char *heap;	       /* NULL for an existing buffer; not owned */
	bool described;		       /* size, inode, name, exporter and fd_flags are known */
	uint64_t size;		       /* bytes, rounded up by the kernel */
	ino_t inode;		       /* identifies the dma-buf across descriptors and processes */
	char name[DH_BUFFER_NAME_MAX]; /* "" if it has no name */
	char exporter[DH_EXPORTER_MAX]; /* "" if fdinfo contains no exporter */
	int fd;				/* open even if `described` is false */
	uint32_t fd_flags;		/* access mode and O_CLOEXEC, from fcntl() */
	struct dh_maybe nanoseconds;	/* duration of the ALLOC ioctl */
};

/* Result of CPU access to a buffer. Zeroed if the tool did not try to map the buffer. */
struct dh_mapping_report {
	const char *heap; /* NULL for an existing buffer; not owned */
	int fd;
	ino_t inode;
	uint64_t size;		    /* bytes, rounded up by the kernel */
	bool fresh;		    /* allocated by this command, so no other process wrote to it */
	struct dh_maybe mappable;   /* 0 or 1: the CPU can map the buffer */
	int map_error;		    /* errno if mapping failed, else 0 */
	struct dh_maybe writable;   /* 0 or 1: the mapping is writable */
	struct dh_maybe zeroed;	    /* 0 or 1: every byte was zero before this command wrote */
	struct dh_maybe nonzero;    /* offset of the first byte that was not zero */
	struct dh_maybe loaded;	    /* bytes read from the --load file */
	struct dh_maybe saved;	    /* bytes written to the --save file */
	struct dh_maybe crc32;	    /* CRC-32 of the whole buffer after the last write */
	struct dh_maybe write_rate; /* bytes per second, without the time of DMA_BUF_IOCTL_SYNC */
	struct dh_maybe read_rate;  /* bytes per second, without the time of DMA_BUF_IOCTL_SYNC */
	struct dh_maybe sync_median; /* median nanoseconds for a pair of SYNC_START and SYNC_END */
	struct dh_maybe sync_mean;   /* mean nanoseconds for a pair of SYNC_START and SYNC_END */
	struct dh_maybe sync_pairs;  /* number of measured pairs */
	uint64_t passes;	     /* number of passes (write, read, verify) without an error */
	struct dh_maybe verified;    /* 0 or 1: every byte matches the pattern */
	struct dh_maybe mismatch;    /* offset of the first byte that differs from the pattern */
	uint8_t expected;	     /* pattern's byte at `mismatch` */
	uint8_t found;		     /* buffer's byte at `mismatch` */
};

/* Layout of a buffer: its DMA addresses when dmaheap_client maps the buffer for a device. */
struct dh_inspection {
	const char *heap; /* NULL for an existing buffer; not owned */
	char exporter[DH_EXPORTER_MAX];
	struct dh_maybe size; /* bytes */
	struct dh_maybe inode;
	struct dh_maybe segments;   /* number of contiguous address ranges */
	struct dh_maybe bytes;	    /* total size of the segments in bytes */
	struct dh_maybe largest;    /* size of the largest segment in bytes */
	struct dh_maybe contiguous; /* 0 or 1: the buffer has one segment */
	struct dh_maybe lowest;	    /* lowest DMA address */
	struct dh_maybe highest;    /* highest DMA address */
	struct dh_maybe below_4g;   /* 0 or 1: 32-bit addresses suffice */
};

/*
 * Returns static text with the requirements for a device that uses the buffer, or NULL if the
 * layout is unknown.
 */
const char *dh_inspection_meaning(const struct dh_inspection *inspection);

#endif
