/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps a dma-buf for the CPU, and accesses it between DMA_BUF_IOCTL_SYNC START and END.
 *
 * Functions that access the memory return -EFAULT if the exporter denies the access (SIGBUS or
 * SIGSEGV inside the mapping). Faults elsewhere are handled as before. Only one thread may use
 * these functions, because the process has one signal handler.
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
	int fd;		      /* not owned */
	bool writable;	      /* the descriptor is not read-only */
	bool no_sync;	      /* skip the sync ioctls; may be changed between calls */
	uint64_t *sync_times; /* nanoseconds, of START plus END for each access */
	size_t n_sync_times;
};

struct dh_mismatch {
	uint64_t offset;
	uint8_t expected;
	uint8_t found;
};

/*
 * Maps the whole buffer, shared and readable, and writable unless the descriptor is read-only. `fd`
 * must stay open until dh_mapping_close().
 *
 * Returns 0; -EACCES if the descriptor is write-only, because a shared mapping must be readable;
 * -EFBIG if the buffer exceeds the address space; or -errno of lseek() or mmap(): -EINVAL if the
 * dma-buf has no CPU access.
 */
int dh_mapping_open(int fd, bool no_sync, struct dh_mapping *mapping);

/* Does nothing on zeroed memory. */
void dh_mapping_close(struct dh_mapping *mapping);

static inline void dh_auto_mapping(struct dh_mapping *mapping)
{
	dh_mapping_close(mapping);
}

/*
 * Each function below calls START, accesses the whole buffer, and calls END. They return 0 or
 * -errno: -EACCES for a write to a read-only mapping, before any access; an error of the ioctl,
 * where EAGAIN becomes -ETIMEDOUT after five seconds; or -EFAULT. `nanoseconds` receives the
 * duration of the access without the syncs, and may be NULL.
 */
int dh_mapping_fill(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		    uint64_t *nanoseconds);

/* Also returns -EBADMSG, and sets `*mismatch`, if a byte differs from the pattern. */
int dh_mapping_verify(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		      struct dh_mismatch *mismatch);

/* Reads every byte as fast as the CPU can, and discards it. */
int dh_mapping_read(struct dh_mapping *mapping, uint64_t *nanoseconds);

int dh_mapping_crc32(struct dh_mapping *mapping, uint32_t *crc);

/* Copies [offset, offset + length) to `to`. Also returns -EINVAL if that is outside the buffer. */
int dh_mapping_copy(struct dh_mapping *mapping, uint64_t offset, void *to, size_t length);

/*
 * Reads `source` from its current position to its end, into the start of the buffer. The rest of
 * the buffer is unchanged. `*loaded` receives the number of bytes written to the buffer. Also
 * returns -EFBIG, before any write, if the source is longer than the buffer. To find that out, a
 * source that is not a regular file is first read into memory.
 */
int dh_mapping_load(struct dh_mapping *mapping, int source, uint64_t *loaded);

/* Writes the whole buffer to `sink`. `*saved` receives the number of bytes, also after an error. */
int dh_mapping_save(struct dh_mapping *mapping, int sink, uint64_t *saved);

/* Calculates the cost of all syncs so far. The results are unknown if there was none. */
void dh_mapping_sync_cost(struct dh_mapping *mapping, struct dh_maybe *median,
			  struct dh_maybe *mean, struct dh_maybe *pairs);

#endif
