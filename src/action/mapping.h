/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CPU's view of a dma-buf: mapped, and touched between DMA_BUF_IOCTL_SYNC START
 * and END only.
 *
 * Every function that touches memory answers -EFAULT where the exporter refuses an
 * access (SIGBUS or SIGSEGV inside the mapping); a fault anywhere else keeps its
 * former action. The guard is the process's, so only one thread may use these.
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
	bool no_sync;	      /* leave out the ioctls; may be changed between calls */
	uint64_t *sync_times; /* nanoseconds of each START and its END together */
	size_t n_sync_times;
};

struct dh_mismatch {
	uint64_t offset;
	uint8_t expected;
	uint8_t found;
};

/*
 * Maps the whole buffer, shared, readable, and writable unless the descriptor is
 * read-only. The size is the buffer's own. `fd` has to outlive the mapping.
 *
 * 0; -EACCES where the descriptor is write-only (a shared mapping has to be
 * readable); -EFBIG where the buffer exceeds the address space; else what lseek()
 * or mmap() said: -EINVAL from a dma-buf that has no CPU access.
 */
int dh_mapping_open(int fd, bool no_sync, struct dh_mapping *mapping);

/* Harmless on zeroed memory. */
void dh_mapping_close(struct dh_mapping *mapping);

static inline void dh_auto_mapping(struct dh_mapping *mapping)
{
	dh_mapping_close(mapping);
}

/*
 * Each of these is one START, the access to the whole buffer, one END. They return
 * 0 or -errno: -EACCES for writing to a read-only mapping, before anything is
 * touched; what the ioctl said, -ETIMEDOUT where that was EAGAIN for five seconds; -EFAULT.
 * `nanoseconds` takes the time of the access without the syncs and may be NULL.
 */
int dh_mapping_fill(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		    uint64_t *nanoseconds);

/* -EBADMSG and `*mismatch` where a byte differs from the pattern. */
int dh_mapping_verify(struct dh_mapping *mapping, const struct dh_pattern *pattern,
		      struct dh_mismatch *mismatch);

/* Reads every byte and forgets it, as fast as the CPU can. */
int dh_mapping_read(struct dh_mapping *mapping, uint64_t *nanoseconds);

int dh_mapping_crc32(struct dh_mapping *mapping, uint32_t *crc);

/* Copies [offset, offset + length) out. -EINVAL where that is not within the buffer. */
int dh_mapping_copy(struct dh_mapping *mapping, uint64_t offset, void *to, size_t length);

/*
 * Reads `source` from where it stands to its end into the start of the buffer and
 * leaves what is behind untouched. `*loaded` is how much was written to the buffer.
 * -EFBIG, with nothing written, where the source is longer than the buffer; to find
 * that out, what is not a regular file is read into memory first.
 */
int dh_mapping_load(struct dh_mapping *mapping, int source, uint64_t *loaded);

/* Writes the whole buffer to `sink`. `*saved` is how much was, also on failure. */
int dh_mapping_save(struct dh_mapping *mapping, int sink, uint64_t *saved);

/* The cost of all syncs until now; unknown where there was none. */
void dh_mapping_sync_cost(struct dh_mapping *mapping, struct dh_maybe *median,
			  struct dh_maybe *mean, struct dh_maybe *pairs);

#endif
