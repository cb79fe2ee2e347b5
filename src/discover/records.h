/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What our BPF programs write, and the tool reads. No structure has gaps.
 */
#ifndef DH_DISCOVER_RECORDS_H
#define DH_DISCOVER_RECORDS_H

/* types.bpf.h has these types for the programs. */
#ifndef __bpf__
#include <stdint.h>
#endif

/* In place of a descriptor: the thread's memory has mappings of dma-bufs. */
#define DH_TASK_REF_MAPPING (-1)

struct dh_task_ref {
	int32_t pid;
	int32_t tid; /* of the thread whose table it is, mostly the first */
	int32_t fd;
};

struct dh_buffer_record {
	uint64_t inode;
	uint64_t size;	    /* bytes */
	int64_t references; /* to its file; -1: unknown */
	char name[32];	    /* as DH_BUFFER_NAME_MAX; "" where it has none */
	char exporter[256]; /* as DH_EXPORTER_MAX */
};

#endif
