/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors and mappings of one process or thread: the inner part of discover/holders.c.
 */
#ifndef DH_DISCOVER_SCAN_H
#define DH_DISCOVER_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/root.h"
#include "discover/lines.h"
#include "discover/sightings.h"
#include "model/fdinfo.h"
#include "model/holders.h"

/* A mapping whose device cannot be judged yet: no descriptor has told that of dma-bufs. */
struct dh_pending {
	size_t process;
	struct dh_maps_line mapping;
};

/* What the reading of all processes gathers. */
struct dh_scan {
	const struct dh_root *root;
	struct dh_holders *holders;
	bool has_dev; /* the device number of the kernel's dma-buf filesystem is known */
	dev_t dev;
	struct dh_pending *pending; /* freed by the caller */
	size_t n_pending, room_pending;
	/* Buffers of the readers. */
	struct dh_lines lines;
	char text[16384];
};

/* A process or one of its threads, while its descriptors and mappings are read. */
struct dh_task {
	struct dh_scan *scan;
	size_t process; /* index of the process that it is, or belongs to */
	int dir;	/* /proc/PID, or /proc/PID/task/TID; not owned */
	/*
	 * Threads that share a table must not be counted twice. With `unheld_only`, a descriptor
	 * counts only if none of the first `held_before` holdings is of its buffer.
	 */
	bool unheld_only;
	size_t held_before;
	/* Results, which are only ever set. */
	bool refused; /* part of it may not be read */
	bool found;   /* it has a descriptor or a mapping, of whatever */
};

/*
 * The descriptors in task->dir/fd, and the mappings in task->dir/maps. 0, -errno where that file
 * is not to be had at all, or an error of dh_scan_is_fatal().
 *
 * A process without memory, as a kernel thread is or one that has ended, has `empty` maps.
 */
int dh_scan_fds(struct dh_task *task);
int dh_scan_maps(struct dh_task *task, bool *empty);

/* Of task->dir/fd these alone, which are of one thread. As dh_scan_fds(). */
int dh_scan_sighted(struct dh_task *task, const struct dh_sighting *sightings, size_t n);

/* After the last process: takes the mappings in that could not be judged. 0 or -ENOMEM. */
int dh_scan_flush(struct dh_scan *scan);

/* Sets a text that is not set yet, and not to nothing. 0 or -ENOMEM. */
int dh_scan_set_text(char **text, const char *value);

/* Is this what becomes of files of a process that has ended? */
bool dh_scan_is_gone(int error);

/* What makes going on pointless. */
bool dh_scan_is_fatal(int error);

#endif
