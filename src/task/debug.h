/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The debug module asked to do something, with a sentence on stderr for what goes wrong.
 */
#ifndef DH_TASK_DEBUG_H
#define DH_TASK_DEBUG_H

#include "action/debug.h"
#include "frame/message.h"
#include "model/inspection.h"
#include "model/step.h"
#include "task/buffers.h"
#include "task/heap.h"

/*
 * For what a read of the debug module's files came to (-errno): says on stderr what is
 * missing, and how to get it. Returns the status.
 */
enum dh_status dh_debug_unread(const struct dh_env *env, int error);

/* What a buffer is made of. Returns a status, having said why. */
enum dh_status dh_debug_inspect_buffer(const struct dh_env *env, const struct dh_buffers *buffers,
				       struct dh_inspection *inspection);

/* Starts the figures of these heaps again, or of all where there are none. */
enum dh_status dh_debug_reset_heaps(const struct dh_env *env, const struct dh_words *heaps);

/* What the kernel did with a heap in place of a driver. Zeroed memory is a session not begun. */
struct dh_client {
	struct dh_heap_choice from;
	const struct dh_buffer_request *asked; /* not owned */
	struct dh_client_request request;
	struct dh_step steps[DH_STEPS];
	bool open;
	int fd;
};

/*
 * Plans the steps, opens the module, finds the heap, and looks whether it seems to have that
 * much. `asked` must outlive the client. With asked->size 0 nothing is allocated. Returns a
 * status, having said why.
 */
enum dh_status dh_client_begin(const struct dh_env *env, const struct dh_buffer_request *asked,
			       uint64_t mask, bool device, bool vmap, struct dh_client *client);

/* Goes the steps that take, and those that give back. Return a status, having said why. */
enum dh_status dh_client_take(const struct dh_env *env, struct dh_client *client);
enum dh_status dh_client_give_back(const struct dh_env *env, struct dh_client *client);

/* Says how the first step that failed did so. Returns the status, DH_EXIT_DONE where none did. */
enum dh_status dh_client_verdict(const struct dh_env *env, struct dh_client *client);

void dh_client_release(struct dh_client *client);

static inline void dh_auto_client(struct dh_client *client)
{
	dh_client_release(client);
}

#endif
