/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes have a heap's node open.
 */
#ifndef DH_DISCOVER_OPENS_H
#define DH_DISCOVER_OPENS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/root.h"

struct dh_open_node {
	pid_t pid;
	const char *process; /* its name, "" where that is not to be had; another's choice */
	const char *heap;    /* the node's name */
	bool gone;	     /* the node, since the heap was removed */
	unsigned int fds;    /* descriptors of it in this process */
};

/*
 * By the links in /proc/PID/fd, which need not begin with /dev: a container may have the
 * nodes elsewhere. Calls `visit` for each process and each heap that it has open, until it
 * returns non-zero, and returns that. What ends meanwhile or may not be read is passed over.
 * 0, -ENOMEM, or -errno where /proc cannot be read.
 */
int dh_opens_each(const struct dh_root *root,
		  int (*visit)(void *data, const struct dh_open_node *node), void *data);

#endif
