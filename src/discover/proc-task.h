/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors and mappings of one process or thread: the inner part of discover/holders.c.
 */
#ifndef DH_DISCOVER_PROC_TASK_H
#define DH_DISCOVER_PROC_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/root.h"
#include "discover/lines.h"
#include "discover/task-refs.h"
#include "model/fdinfo.h"
#include "model/holders.h"

/* A mapping whose device cannot be judged yet: no descriptor has told that of dma-bufs. */
struct dh_pending_mapping {
	size_t process;
	struct dh_maps_line mapping;
};

/* What the reading of all processes gathers. */
struct dh_proc_reader {
	const struct dh_root *root;
	struct dh_holders *holders;
	bool has_dev; /* the device number of the kernel's dma-buf filesystem is known */
	dev_t dev;
	struct dh_pending_mapping *pending; /* freed by the caller */
	size_t n_pending, room_pending;
	/* Buffers of the readers. */
	struct dh_lines lines;
	char text[16384];
};

/* A process or one of its threads, while its descriptors and mappings are read. */
struct dh_proc_task {
	struct dh_proc_reader *scan;
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
 * is not to be had at all, or an error of dh_proc_error_is_fatal().
 *
 * A process without memory, as a kernel thread is or one that has ended, has `empty` maps.
 */
int dh_proc_task_read_fds(struct dh_proc_task *task);
int dh_proc_task_read_maps(struct dh_proc_task *task, bool *empty);

/* Of task->dir/fd these alone, which are of one thread. As dh_proc_task_read_fds(). */
int dh_proc_task_read_refs(struct dh_proc_task *task, const struct dh_task_ref *sightings,
			   size_t n);

/* After the last process: takes the mappings in that could not be judged. 0 or -ENOMEM. */
int dh_proc_add_pending(struct dh_proc_reader *scan);

/* Sets a text that is not set yet, and not to nothing. 0 or -ENOMEM. */
int dh_text_set_once(char **text, const char *value);

/* Is this what becomes of files of a process that has ended? */
bool dh_proc_error_is_gone(int error);

/* What makes going on pointless. */
bool dh_proc_error_is_fatal(int error);

#endif
