/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The buffers of a command: new buffers, or the buffer of an inherited descriptor or of another
 * process. Functions that return a status print the error, if any.
 */
#ifndef DH_TASK_BUFFERS_H
#define DH_TASK_BUFFERS_H

#include "frame/options.h"
#include "model/buffer.h"
#include "task/heap.h"

#define DH_SUBJECT_MAX 288

/* An existing buffer. Zeroed memory is valid: no buffer is given. */
struct dh_existing_buffer {
	struct dh_inherited_fd fd; /* inherited, or a descriptor of the process `pid` */
	uint64_t pid;		   /* 0: `fd` is inherited */
	uint64_t inode;		   /* of a buffer of the process `pid`; 0: use `fd` */
	bool write;		   /* the command may change a buffer of the process `pid` */
};

/* Zeroed memory is valid: no buffers. */
struct dh_buffers {
	char subject[DH_SUBJECT_MAX];  /* for messages, such as "heap 'system'" or "descriptor 5" */
	struct dh_heap_choice from;    /* from.heap is NULL for an existing buffer */
	struct dh_buffer_facts *facts; /* tally.done elements, or NULL: see dh_buffers_alloc() */
	int *fds;		       /* tally.done descriptors, owned unless `inherited` */
	bool inherited;
	struct dh_tally tally;
};

/*
 * Allocates `count` buffers and holds all of them at the same time. If the heap is selected by its
 * class, prints a remark that names the heap. `descriptors` is the number of further descriptors
 * that the limit on open files must allow: `count`, or twice `count` if a child process inherits
 * the buffers.
 *
 * With `describe`, reads the facts of each buffer. Without it, reads only the size of the first
 * buffer, so the only system calls for each buffer are the allocation and, with request->label, the
 * naming.
 *
 * After an error, `buffers` contains the buffers that were allocated before it. `buffers` must be
 * zeroed before the call. The caller must call dh_auto_buffers(), even after an error.
 */
enum dh_status dh_buffers_alloc(const struct dh_env *env, const struct dh_buffer_request *request,
				uint64_t count, uint64_t descriptors, bool describe,
				struct dh_buffers *buffers);

/*
 * Uses the buffer `existing`. If `existing` is empty, allocates the buffer that `request`
 * describes. Duplicates a descriptor of another process with dh_pidfd_get(); the duplicate shares
 * the access mode of that descriptor. For `buffers`, see dh_buffers_alloc().
 *
 * Returns DH_EXIT_USAGE if no buffer is given.
 */
enum dh_status dh_buffers_one(const struct dh_env *env, const struct dh_buffer_request *request,
			      const struct dh_existing_buffer *existing,
			      struct dh_buffers *buffers);

/* Closes the descriptors unless they are inherited, and frees the arrays. */
void dh_auto_buffers(struct dh_buffers *buffers);

#endif
