/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps a dma-buf for CPU access. Issues DMA_BUF_IOCTL_SYNC with DMA_BUF_SYNC_START before each
 * access to the memory, and with DMA_BUF_SYNC_END after it, unless no_sync is set.
 *
 * Functions that access the memory return -EFAULT if the exporter denies the access (SIGBUS or
 * SIGSEGV at an address in the mapping). The previous signal actions handle faults at other
 * addresses. Calls to these functions must not overlap: see dh_fault_run().
 */
#ifndef DH_ACTION_MAPPING_H
#define DH_ACTION_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"
#include "base/pattern.h"

struct dh_mapping {
	unsigned char *memory; /* NULL: not mapped */
	size_t size;
	int fd; /* not owned */
	bool writable;
	bool no_sync;	      /* skip the sync ioctls; may be changed between calls */
	uint64_t *sync_times; /* duration of each START plus its END in nanoseconds */
	size_t n_sync_times;
};

struct dh_mismatch {
	uint64_t offset;  /* in bytes from the start of the buffer */
	uint8_t expected; /* the pattern's byte */
	uint8_t found;	  /* the buffer's byte */
};

enum dh_mapping_flags {
	DH_MAPPING_NO_SYNC = 1 << 0,   /* set mapping->no_sync */
	DH_MAPPING_READ_ONLY = 1 << 1, /* map without PROT_WRITE */
};

/*
 * Maps the whole buffer, shared and readable. The mapping is writable unless the descriptor is
 * read-only or `flags` contains DH_MAPPING_READ_ONLY. `fd` must stay open until dh_mapping_close().
 *
 * Returns 0, -EFBIG if the address space has no free range of this size, or an error from fcntl(),
 * lseek() or mmap(). For example, mmap() fails with -EACCES if the descriptor is write-only, and
 * with -EINVAL if the exporter does not support mmap().
 */
int dh_mapping_open(int fd, unsigned int flags, struct dh_mapping *mapping);

/* Unmaps the buffer, and frees sync_times. Does not close `fd`. Accepts a zeroed `mapping`. */
void dh_mapping_close(struct dh_mapping *mapping);

static inline void dh_auto_mapping(struct dh_mapping *mapping)
{
	dh_mapping_close(mapping);
}

/*
 * Each function below, except dh_mapping_sync_cost(), issues DMA_BUF_SYNC_START, accesses the
 * buffer, and issues DMA_BUF_SYNC_END. If mapping->no_sync is set, it issues no sync ioctls. Each
 * function returns 0, -EFAULT, an error from DMA_BUF_IOCTL_SYNC, or -ETIMEDOUT after five seconds
 * of EAGAIN. Functions that write to the buffer return -EACCES if the mapping is read-only. If
 * dh_interrupted() is true before the end of the access, the function returns -EINTR, and the
 * access may be partial. If `nanoseconds` is not NULL, it receives the duration of the access,
 * excluding the sync ioctls.
 *
 * dh_mapping_fill() writes the pattern to the whole buffer.
 */
int dh_mapping_fill(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		    uint64_t *nanoseconds);

/*
 * Compares the whole buffer with the pattern. Also returns -EBADMSG if a byte differs, and sets
 * `*mismatch` to the first such byte.
 */
int dh_mapping_verify(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		      struct dh_mismatch *mismatch);

/* Reads the whole buffer as fast as the CPU can, and discards the data. */
int dh_mapping_read(struct dh_mapping *mapping, uint64_t *nanoseconds);

/* Sets `*crc` to the CRC-32 of the whole buffer. */
int dh_mapping_crc32(struct dh_mapping *mapping, uint32_t *crc);

/*
 * Copies the bytes [offset, offset + length) of the buffer to `to`. Also returns -EINVAL if the
 * range exceeds the buffer.
 */
int dh_mapping_copy(struct dh_mapping *mapping, uint64_t offset, void *to, size_t length);

/*
 * Copies the contents of the file `source` (a descriptor), from its current position to its end, to
 * the start of the buffer. The rest of the buffer is unchanged. `*loaded` receives the number of
 * bytes written to the buffer.
 *
 * Also returns an error from a system call, such as read(), or -EFBIG if the contents are longer
 * than the buffer. After -EFBIG, the buffer is unchanged: the function first reads contents of
 * unknown length, such as those of a pipe, into temporary memory.
 */
int dh_mapping_load(struct dh_mapping *mapping, int source, uint64_t *loaded);

/*
 * Writes the whole buffer to the descriptor `sink`. `*saved` receives the number of bytes written,
 * even after an error. Also returns an error from write(), or -EIO if write() returns 0.
 */
int dh_mapping_save(struct dh_mapping *mapping, int sink, uint64_t *saved);

/*
 * Sets `*median` and `*mean` to the median and mean duration, in nanoseconds, of one pair of
 * DMA_BUF_SYNC_START and DMA_BUF_SYNC_END, and `*pairs` to the number of pairs so far. All three
 * values are unknown if there was no pair. Sorts mapping->sync_times.
 */
void dh_mapping_sync_cost(struct dh_mapping *mapping, struct dh_maybe *median,
			  struct dh_maybe *mean, struct dh_maybe *pairs);

#endif
