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
	const char *heap;	  /* its name; if the heap was removed, that of the node */
	bool removed;		  /* no heap is registered with the node's device number */
	unsigned int fds;	  /* number of its descriptors in this process */
};

/* The parts of /proc that dh_open_nodes_each() could not read. */
struct dh_open_nodes_unread {
	size_t processes;
	bool hidden; /* /proc does not list all processes (hidepid) */
};

/*
 * Calls `visit` for each process and each heap that it has open. It checks the descriptors in
 * /proc/PID/fd whose link ends in "/dma_heap/NAME", in any directory, since a container may have
 * the nodes elsewhere. A descriptor counts if it is a character device with the major number of
 * heaps. The heap is the one in `inventory` with its device number.
 *
 * Skips processes that end during the call. Returns 0; the result of `visit`, which stops the
 * search if it is not 0; -ENOMEM; or -errno if /proc itself cannot be read.
 */
int dh_open_nodes_each(const struct dh_root *root, const struct dh_inventory *inventory,
		       int (*visit)(void *data, const struct dh_open_node *node), void *data,
		       struct dh_open_nodes_unread *unread);

#endif
