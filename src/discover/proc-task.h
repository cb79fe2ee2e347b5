/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the descriptors and mappings of one process or thread from /proc, for discover/holders.c.
 */
#ifndef DH_DISCOVER_PROC_TASK_H
#define DH_DISCOVER_PROC_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>

#include "base/root.h"
#include "discover/proc.h"
#include "discover/task-refs.h"
#include "model/fdinfo.h"
#include "model/holders.h"

/* A mapping that was read before the device number of dma-buf inodes was known. */
struct dh_pending_mapping {
	size_t process; /* index in holders->processes */
	struct dh_maps_line mapping;
};

/* State of a scan of one or all processes. */
struct dh_proc_reader {
	const struct dh_root *root;
	struct dh_holders *holders;
	const struct dh_task_refs *refs; /* read only these descriptors and mappings; NULL: all */
	bool has_init;			 /* process 1 is visible */
	bool has_dev;			 /* `dev` is known */
	dev_t dev;			 /* device number of the inodes of all dma-bufs */
	struct dh_pending_mapping *pending; /* owned */
	size_t n_pending;
};

static inline void dh_auto_proc_reader(struct dh_proc_reader *reader)
{
	free(reader->pending);
}

/* A process, or one of its threads, while its descriptors and mappings are read. */
struct dh_proc_task {
	struct dh_proc_reader *reader;
	size_t process; /* index of the process in holders->processes, also for a thread */
	int dir;	/* /proc/PID or /proc/PID/task/TID; not owned */
	/*
	 * If `unheld_only` is true, count a descriptor only if its buffer is already in
	 * reader->holders, and none of the first `held_before` holdings refers to that buffer. A
	 * descriptor in a table that several threads share is therefore counted only once.
	 */
	bool unheld_only;
	size_t held_before;
	bool is_thread; /* not the main thread */
	/* Results. The functions below set `refused` and `found`, but never clear them. */
	bool refused; /* some of the task's files in /proc were not readable */
	bool found;   /* the task has a descriptor or mapping of any file */
};

/*
 * dh_proc_task_read_fds() adds the dma-bufs of the descriptors in task->dir/fd to reader->holders.
 * dh_proc_task_read_maps() does so for the mappings in task->dir/maps, and leaves mappings whose
 * kind is not known yet to dh_proc_add_pending(). It sets `*empty` to true if the task has no
 * address space, because the task is a kernel thread or has ended.
 *
 * Both return 0, or -errno if all of `fd` or `maps` is unreadable, or after an error for which
 * dh_proc_fatal_error() is not 0.
 */
int dh_proc_task_read_fds(struct dh_proc_task *task);
int dh_proc_task_read_maps(struct dh_proc_task *task, bool *empty);

/*
 * Like dh_proc_task_read_fds(), but reads only the descriptors in the `n` elements of `refs`, which
 * must all refer to this thread. Skips DH_TASK_REF_MAPPING.
 */
int dh_proc_task_read_refs(struct dh_proc_task *task, const struct dh_task_ref *refs, size_t n);

/*
 * Adds the pending mappings of dma-bufs to the holders. Call this function after the last process.
 * Returns 0 or -ENOMEM.
 */
int dh_proc_add_pending(struct dh_proc_reader *reader);

/*
 * Sets `*text` to a copy of `value` unless `*text` is already set or `value` is "". Returns 0 or
 * -ENOMEM.
 */
int dh_text_set_once(char **text, const char *value);

#endif
