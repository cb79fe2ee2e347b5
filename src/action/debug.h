/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the debug module can be asked to do: kernel/include/dmaheap_debug.h.
 *
 * A recorded tree has no module: -EROFS throughout.
 */
#ifndef DH_ACTION_DEBUG_H
#define DH_ACTION_DEBUG_H

#include <stdint.h>

#include "base/root.h"
#include "model/buffer.h"
#include "model/step.h"

/*
 * Starts the figures again, those of one heap, or all of them for NULL. 0; -ENOENT where the
 * module is not there; -ENODATA where it has no account of that heap; -EACCES; -errno.
 */
int dh_debug_reset(const struct dh_root *root, const char *heap);

/*
 * What is behind a descriptor of a dma-buf. Fills all of `inspection` but the heap. 0;
 * -ENOENT where the module is not there; -EACCES; -EBADMSG where its answer is not of the
 * form; -errno, which is what the exporter said to a device that wants to map it.
 * `*asked` tells whether it came to that.
 */
int dh_debug_inspect(const struct dh_root *root, int fd, struct dh_inspection *inspection,
		     bool *asked);

/* The module's answer, which is taken apart. 0 or -EBADMSG. */
int dh_debug_parse_inspection(char *answer, struct dh_inspection *inspection);

/*
 * A session as a driver in the kernel has it with a heap. Returns a descriptor that the
 * caller owns; closing it gives back whatever the session still has. -ENOENT where the
 * module is not there; -EACCES; -errno.
 */
int dh_debug_client_open(const struct dh_root *root);

/* What the steps of a session need to know. */
struct dh_client_request {
	const char *heap;
	uint64_t size; /* bytes */
	uint64_t heap_flags;
	uint64_t mask; /* bits of an address that the device can use, 1 to 64 */
};

/*
 * Goes the step of this kind, and fills in how it went: the verdict is DH_OK, DH_REFUSED or
 * DH_UNSUPPORTED. 0; -EBADMSG where the answer is not of the form; -errno where the module
 * did not take the command.
 */
int dh_debug_client_step(int client, const struct dh_client_request *request, struct dh_step *step);

/* The module's answer, which is taken apart. 0 or -EBADMSG. */
int dh_debug_parse_step(char *answer, struct dh_step *step);

#endif
