/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The buffers of a command: new ones, or an inherited descriptor.
 */
#ifndef DH_TASK_BUFFERS_H
#define DH_TASK_BUFFERS_H

#include "frame/options.h"
#include "model/buffer.h"
#include "task/heap.h"

#define DH_SUBJECT_MAX 288

/* Zeroed memory is valid: no buffers. */
struct dh_buffers {
	char subject[DH_SUBJECT_MAX];  /* of messages: "heap 'protected'" or "descriptor 5" */
	struct dh_heap_choice from;    /* no heap for an inherited descriptor */
	struct dh_buffer_facts *facts; /* tally.done elements; NULL if not described */
	int *fds;		       /* tally.done elements, owned unless inherited */
	bool inherited;
	struct dh_tally tally;
};

/*
 * Allocates `count` buffers, all held at the same time. `descriptors` is the number of open files
 * that the command needs: twice as many if a child process inherits the buffers. Without
 * `describe`, the allocation is the only system call for each buffer. Prints which heap a class
 * selects. Returns a status and prints the error, if any; `buffers` is valid even after an error.
 */
enum dh_status dh_buffers_alloc(const struct dh_env *env, const struct dh_buffer_request *request,
				uint64_t count, uint64_t descriptors, bool describe,
				struct dh_buffers *buffers);

/*
 * Provides one buffer: a new one, or the inherited descriptor `fd`. The options must request
 * exactly one of the two; otherwise prints a usage error and returns DH_EXIT_USAGE.
 */
enum dh_status dh_buffers_one(const struct dh_env *env, const struct dh_buffer_request *request,
			      const struct dh_inherited_fd *fd, struct dh_buffers *buffers);

/* Closes the owned descriptors. */
void dh_buffers_release(struct dh_buffers *buffers);

static inline void dh_auto_buffers(struct dh_buffers *buffers)
{
	dh_buffers_release(buffers);
}

#endif
