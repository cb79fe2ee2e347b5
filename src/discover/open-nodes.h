/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the processes that have a heap node open.
 */
#ifndef DH_DISCOVER_OPEN_NODES_H
#define DH_DISCOVER_OPEN_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/root.h"
#include "model/inventory.h"

struct dh_open_node {
	pid_t pid;
	const char *process_name; /* chosen by the process; "" if unknown */
	const char *heap;	  /* name of the heap, or of the node if `removed` */
	bool removed;		  /* no heap is registered with the node's device number */
};

/* The parts of /proc that dh_open_nodes_each() could not read. */
struct dh_open_nodes_unread {
	size_t processes;
	bool hidden; /* /proc does not list all processes (hidepid) */
};

/*
 * Calls `visit` once for each process and each heap that the process has open. Examines the
 * descriptors in /proc/PID/fd whose link ends in "/dma_heap/NAME", in any directory, because the
 * nodes of a container need not be in /dev. A descriptor counts if it refers to a character device
 * with the major number of heaps. The device number identifies the heap in `inventory`.
 *
 * Skips processes that end during the call. Sets `*unread`. Returns 0; -ENOMEM, -EMFILE or -ENFILE;
 * or another -errno if /proc itself or /proc/devices cannot be read.
 */
int dh_open_nodes_each(const struct dh_root *root, const struct dh_inventory *inventory,
		       void (*visit)(void *data, const struct dh_open_node *node), void *data,
		       struct dh_open_nodes_unread *unread);

#endif
