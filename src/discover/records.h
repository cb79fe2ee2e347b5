/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that the BPF programs of the tool write. No structure has padding.
 */
#ifndef DH_DISCOVER_RECORDS_H
#define DH_DISCOVER_RECORDS_H

/* types.bpf.h defines these types for the programs. */
#ifndef __bpf__
#include <stdint.h>
#endif

/* Stands for a descriptor: the task has mappings of dma-bufs. */
#define DH_TASK_REF_MAPPING (-1)

struct dh_task_ref {
	int32_t pid;
	int32_t tid; /* the thread with this descriptor table, usually the main one */
	int32_t fd;
};

struct dh_buffer_record {
	uint64_t inode;
	uint64_t size;	    /* bytes */
	int64_t references; /* reference count of its file; -1: unknown */
	char name[32];	    /* DH_BUFFER_NAME_MAX; "" for none */
	char exporter[256]; /* DH_EXPORTER_MAX */
};

#endif
