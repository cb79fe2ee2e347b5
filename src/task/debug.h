/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the module dmaheap_debug: inspect a buffer, reset accounts, use a heap from kernel
 * code. Functions that return a status print the error, if any.
 */
#ifndef DH_TASK_DEBUG_H
#define DH_TASK_DEBUG_H

#include "action/debug.h"
#include "frame/message.h"
#include "model/buffer.h"
#include "model/step.h"
#include "task/buffers.h"
#include "task/heap.h"

/*
 * Prints why accessing the debugfs files of the module failed with the -errno `error`, and how to
 * fix it. Returns the status.
 */
enum dh_status dh_debug_failed(const struct dh_env *env, int error);

/* Reads the segments and addresses of the first buffer. */
enum dh_status dh_debug_inspect_buffer(const struct dh_env *env, const struct dh_buffers *buffers,
				       struct dh_inspection *inspection);

/* Resets the accounts of these heaps; no names: of all heaps. */
enum dh_status dh_debug_reset_heaps(const struct dh_env *env, const struct dh_words *heaps);

/* A session in which the kernel uses a heap as a driver does. Zeroed memory: not begun. */
struct dh_client {
	struct dh_heap_choice from;
	const struct dh_buffer_request *alloc; /* borrowed */
	struct dh_client_request request;
	struct dh_step steps[DH_STEPS];
	bool open;
	int fd;
};

/*
 * Plans the steps, opens the module, selects the heap and checks its free memory. `alloc` must
 * outlive the client; alloc->size 0 means that no buffer is allocated.
 */
enum dh_status dh_client_begin(const struct dh_env *env, const struct dh_buffer_request *alloc,
			       uint64_t mask, bool device, bool vmap, struct dh_client *client);

/* Run the steps from "find" to "vmap", and those from "vunmap" to "put". */
enum dh_status dh_client_acquire(const struct dh_env *env, struct dh_client *client);
enum dh_status dh_client_return(const struct dh_env *env, struct dh_client *client);

/* Prints the error of the first failed step. Returns its status; DH_EXIT_DONE: none failed. */
enum dh_status dh_client_verdict(const struct dh_env *env, struct dh_client *client);

void dh_client_release(struct dh_client *client);

static inline void dh_auto_client(struct dh_client *client)
{
	dh_client_release(client);
}

#endif
