/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends commands to the debug module, in the format of kernel/include/dmaheap_debug.h.
 *
 * Every function that takes a root returns -EROFS for a recorded tree.
 */
#ifndef DH_ACTION_DEBUG_H
#define DH_ACTION_DEBUG_H

#include <stdint.h>

#include "base/root.h"
#include "model/buffer.h"
#include "model/step.h"

/*
 * Resets the account of one heap, or all accounts if `heap` is NULL. Returns 0; -ENOENT without the
 * module; -ENODATA if the heap has no account; -EACCES; or another -errno.
 */
int dh_debug_reset(const struct dh_root *root, const char *heap);

/*
 * Makes the module map the dma-buf `fd` for its device, and fills all of `inspection` except the
 * heap. Returns 0; -ENOENT without the module; -EACCES; -EBADMSG if the answer is malformed; or the
 * -errno of the exporter. `*asked` is set once the module's file is open.
 */
int dh_debug_inspect(const struct dh_root *root, int fd, struct dh_inspection *inspection,
		     bool *asked);

/* Parses an answer of the module, and modifies it. Returns 0 or -EBADMSG. */
int dh_debug_parse_inspection(char *answer, struct dh_inspection *inspection);

/*
 * Opens a client, which uses a heap as a driver does. Returns a descriptor that the caller owns, or
 * -errno: -ENOENT without the module, or -EACCES. Closing it releases everything that the client
 * still holds.
 */
int dh_debug_client_open(const struct dh_root *root);

/* The arguments of a client's steps. */
struct dh_client_request {
	const char *heap;
	uint64_t size; /* bytes */
	uint64_t heap_flags;
	uint64_t mask; /* address bits of the device, 1 to 64 */
};

/*
 * Executes the step step->kind, and fills in the result: the verdict is DH_OK, DH_REFUSED or
 * DH_UNSUPPORTED. Returns 0; -EBADMSG if the answer is malformed; or -errno if the module rejected
 * the command.
 */
int dh_debug_client_step(int client, const struct dh_client_request *request, struct dh_step *step);

/* Parses an answer of the module, and modifies it. Returns 0 or -EBADMSG. */
int dh_debug_parse_step(char *answer, struct dh_step *step);

#endif
