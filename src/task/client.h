/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the module dmaheap_client, which inspects buffers and uses heaps from kernel code.
 * Functions that return a status print the error, if any.
 */
#ifndef DH_TASK_CLIENT_H
#define DH_TASK_CLIENT_H

#include "frame/message.h"
#include "model/buffer.h"
#include "model/step.h"
#include "task/buffers.h"
#include "task/heap.h"

/* Reads the segments and DMA addresses of the first buffer in `buffers`. */
enum dh_status dh_client_inspect_buffer(const struct dh_env *env, const struct dh_buffers *buffers,
					struct dh_inspection *inspection);

/*
 * A session in which dmaheap_client uses a heap as a driver does. Zeroed memory is valid: no
 * session.
 */
struct dh_client {
	struct dh_heap_choice from;
	struct dh_buffer_request request; /* its strings are not owned */
	uint64_t mask;
	struct dh_step steps[DH_STEPS];
	bool open;
	int fd;
};

/*
 * Plans the steps, opens the debugfs file of dmaheap_client, selects the heap and checks its free
 * memory. If the module is not loaded, also prints the required functions that the kernel lacks.
 * The strings of `alloc` must outlive the client; if alloc->size is 0, the session allocates no
 * buffer. `mask` is the width of the DMA mask in bits, from 1 to 64. `device` requests the steps
 * that map the buffer for a device, and `vmap` those that map it with dma_buf_vmap(). If no heap
 * matches alloc->heap, the module passes this name to the kernel.
 */
enum dh_status dh_client_begin(const struct dh_env *env, const struct dh_buffer_request *alloc,
			       uint64_t mask, bool device, bool vmap, struct dh_client *client);

/*
 * dh_client_acquire() runs the requested steps from "find" to "vmap"; dh_client_return() runs those
 * from "vunmap" to "put". A failed step is not an error of these functions: see
 * dh_client_verdict().
 */
enum dh_status dh_client_acquire(const struct dh_env *env, struct dh_client *client);
enum dh_status dh_client_return(const struct dh_env *env, struct dh_client *client);

/*
 * Prints the error of the first failed step other than "vmap", which heaps may reject. Returns the
 * status for that error, or DH_EXIT_DONE if no such step failed.
 */
enum dh_status dh_client_verdict(const struct dh_env *env, struct dh_client *client);

void dh_auto_client(struct dh_client *client);

#endif
