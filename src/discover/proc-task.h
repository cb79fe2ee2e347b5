/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the descriptors and mappings of one process or thread from /proc, for discover/holders.c.
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

/* A mapping that was read before the device number of dma-bufs was known. */
struct dh_pending_mapping {
	size_t process; /* index in `processes` of the holders */
	struct dh_maps_line mapping;
};

/* State that is kept while all processes are read. */
struct dh_proc_reader {
	const struct dh_root *root;
	struct dh_holders *holders;
	const struct dh_task_refs *refs; /* read only these descriptors and mappings; NULL: all */
	bool has_init;			 /* process 1 is visible */
	bool has_dev;			 /* `dev` is known */
	dev_t dev;			 /* device number that all dma-bufs have */
	struct dh_pending_mapping *pending; /* freed by the caller */
	size_t n_pending;
	/* Buffers that are reused for every file. */
	struct dh_lines lines;
	char text[16384];
};

/* A process, or one of its threads, while its descriptors and mappings are read. */
struct dh_proc_task {
	struct dh_proc_reader *reader;
	size_t process; /* index in `processes` of the holders; a thread has that of its process */
	int dir;	/* /proc/PID or /proc/PID/task/TID; not owned */
	/*
	 * Count a descriptor only if none of the first `held_before` holdings is of its buffer.
	 * So a descriptor table that several threads share is counted once.
	 */
	bool unheld_only;
	size_t held_before;
	/* Results. The functions below set them, but never clear them. */
	bool refused; /* permission to read a part was denied */
	bool found;   /* it has a descriptor or mapping of any file */
};

/*
 * Add the dma-bufs of all descriptors in task->dir/fd, and of all mappings in task->dir/maps.
 * Return 0, or -errno if the whole file is unreadable or the error is fatal (see below).
 *
 * `*empty` is set if the task has no memory: it is a kernel thread or has ended.
 */
int dh_proc_task_read_fds(struct dh_proc_task *task);
int dh_proc_task_read_maps(struct dh_proc_task *task, bool *empty);

/* Like dh_proc_task_read_fds(), but reads only the descriptors of `refs`, all of this thread. */
int dh_proc_task_read_refs(struct dh_proc_task *task, const struct dh_task_ref *refs, size_t n);

/* Adds the pending mappings of dma-bufs. Call it after the last process. Returns 0 or -ENOMEM. */
int dh_proc_add_pending(struct dh_proc_reader *reader);

/* Copies `value` to `*text` unless that is already set or `value` is "". Returns 0 or -ENOMEM. */
int dh_text_set_once(char **text, const char *value);

/* Does reading a file of a process that has ended return this error? */
bool dh_proc_error_is_gone(int error);

/* Would every later read fail with this error, too? */
bool dh_proc_error_is_fatal(int error);

#endif
