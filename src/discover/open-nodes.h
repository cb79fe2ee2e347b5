/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes have a heap's node open.
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
	const char *process_name; /* its name, "" where that is not to be had; another's choice */
	const char *heap;    /* its name; of one that was removed that of the node */
	bool removed;	     /* no heap is registered with the node's device number */
	unsigned int fds;    /* descriptors of it in this process */
};

/* What dh_open_nodes_each() could not look at. */
struct dh_open_nodes_unread {
	size_t processes;
	bool hidden; /* /proc leaves processes out (hidepid) */
};

/*
 * Of the descriptors in /proc/PID/fd whose link ends in "/dma_heap/NAME" (a container may have
 * the nodes elsewhere than in /dev) those of a character device with the major number of heaps.
 * The heap is the one of `inventory` with that device number.
 *
 * Calls `visit` for each process and each heap that it has open, until it returns non-zero, and
 * returns that. A process that has ended is passed over. 0, -ENOMEM, or -errno where /proc
 * itself cannot be read.
 */
int dh_open_nodes_each(const struct dh_root *root, const struct dh_inventory *inventory,
		       int (*visit)(void *data, const struct dh_open_node *node), void *data,
		       struct dh_open_nodes_unread *unread);

#endif
