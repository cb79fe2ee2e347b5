/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that the BPF programs of the tool write. The structures have no padding, so they contain
 * no uninitialised bytes.
 */
#ifndef DH_DISCOVER_RECORDS_H
#define DH_DISCOVER_RECORDS_H

/* The BPF programs use the integer types of types.bpf.h. */
#ifndef __bpf__
#include <stdint.h>
#endif

/* Value of `fd` in a struct dh_task_ref that refers to a mapping of a dma-buf. */
#define DH_TASK_REF_MAPPING (-1)

struct dh_task_ref {
	int32_t pid;
	int32_t tid; /* a thread with this descriptor table, usually the main thread */
	int32_t fd;
};

struct dh_buffer_record {
	uint64_t inode;
	uint64_t size;	    /* bytes */
	int64_t references; /* reference count of the buffer's file; -1: unknown */
	char name[32];	    /* DH_BUFFER_NAME_MAX bytes; "" if the buffer has no name */
	char exporter[256]; /* DH_EXPORTER_MAX bytes */
};

#endif
