/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffers for a command: allocated, named and described, or a descriptor that was inherited.
 */
#ifndef DH_TASK_BUFFERS_H
#define DH_TASK_BUFFERS_H

#include "frame/options.h"
#include "model/buffer.h"
#include "task/heap.h"

/* Zeroed memory is a valid one without buffers. */
struct dh_buffers {
	struct dh_heap_choice from;    /* no heap: the descriptor was inherited */
	struct dh_buffer_facts *facts; /* tally.done of them; NULL where not described */
	int *fds;		       /* tally.done of them, owned unless inherited */
	bool inherited;
	struct dh_tally tally;
};

/*
 * Allocates `count` buffers as the request says, all alive together. Remarks what a class
 * resolved to. With `describe` false no system call but the allocation is made for each
 * buffer. `descriptors` is how many are needed at the same time: `count`, and again as many
 * for a command that they are handed to. Returns a status, having said why; where part was
 * done, DH_EXIT_REFUSED, and what was done is in `buffers`.
 */
enum dh_status dh_buffers_alloc(const struct dh_env *env, const struct dh_buffer_request *request,
				uint64_t count, uint64_t descriptors, bool describe,
				struct dh_buffers *buffers);

/*
 * One buffer: a new one, or the inherited descriptor where `fd` names one. Exactly one
 * of the two must have been asked for; else a usage error.
 */
enum dh_status dh_buffers_one(const struct dh_env *env, const struct dh_buffer_request *request,
			      const struct dh_inherited_fd *fd, struct dh_buffers *buffers);

/* Closes what it owns. Harmless on zeroed memory. */
void dh_buffers_release(struct dh_buffers *buffers);

static inline void dh_auto_buffers(struct dh_buffers *buffers)
{
	dh_buffers_release(buffers);
}

/* Room for a name of a heap and what stands around it. */
#define DH_SUBJECT_MAX 288

/* "heap 'protected'" or "descriptor 5": how a sentence names where the buffers are from. */
const char *dh_buffers_subject(const struct dh_buffers *buffers, char out[DH_SUBJECT_MAX]);

#endif
