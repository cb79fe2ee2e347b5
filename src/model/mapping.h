/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the CPU found when it mapped a buffer and touched it.
 */
#ifndef DH_MODEL_MAPPING_H
#define DH_MODEL_MAPPING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/maybe.h"

/* Zeroed memory is the report of a buffer that nobody tried to map. */
struct dh_mapping_report {
	const char *heap; /* NULL for a descriptor that was handed to us; not owned */
	int fd;
	ino_t inode;
	uint64_t size;		    /* bytes, as the kernel rounded it */
	bool fresh;		    /* allocated by this command: nobody else wrote to it */
	struct dh_maybe mappable;   /* 0 or 1 */
	int map_error;		    /* errno of the mmap() that was refused, 0 otherwise */
	struct dh_maybe writable;   /* 0 or 1: the mapping's protection */
	struct dh_maybe zeroed;	    /* 0 or 1: every byte was zero before anything was written */
	struct dh_maybe nonzero;    /* offset of the first byte that was not */
	struct dh_maybe loaded;	    /* bytes */
	struct dh_maybe saved;	    /* bytes */
	struct dh_maybe crc32;	    /* of the whole buffer, after everything was written */
	struct dh_maybe write_rate; /* bytes per second, between the syncs */
	struct dh_maybe read_rate;
	struct dh_maybe sync_median; /* nanoseconds for a START and its END together */
	struct dh_maybe sync_mean;
	struct dh_maybe sync_pairs; /* how many those figures are made of */
	uint64_t passes;	    /* of writing, reading and verifying that were completed */
	struct dh_maybe verified;   /* 0 or 1 */
	struct dh_maybe mismatch;   /* offset of the first byte that differs */
	uint8_t expected;	    /* there; only where mismatch is known */
	uint8_t found;
};

#endif
