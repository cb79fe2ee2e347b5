/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocates, names and describes buffers.
 *
 * The kernel side is in include/uapi/linux/dma-heap.h and dma-buf.h.
 */
#ifndef DH_ACTION_BUFFER_H
#define DH_ACTION_BUFFER_H

#include <stdint.h>

#include "base/root.h"
#include "model/buffer.h"
#include "model/inventory.h"
#include "model/tally.h"

struct dh_alloc_request {
	uint64_t length;     /* bytes; the kernel rounds up to pages */
	uint32_t fd_flags;   /* passed to the kernel unchanged */
	uint64_t heap_flags; /* passed to the kernel unchanged */
};

/*
 * Opens the heap's node, provided that it is the device that the kernel registered. Returns a
 * descriptor that the caller owns, or -errno: -ENODEV if no registered heap is known, -ESTALE if
 * the node is another device, -ELOOP if it is a symlink.
 */
int dh_heap_open(const struct dh_root *root, const struct dh_heap *heap);

/* DMA_HEAP_IOCTL_ALLOC. Returns the descriptor of the dma-buf, which the caller owns, or -errno. */
int dh_buffer_alloc(int heap, const struct dh_alloc_request *request);

/*
 * Allocates tally->requested buffers, which exist at the same time, and stops at the first
 * allocation failure. `fds` and `nanoseconds` have room for all of them, and receive the descriptor
 * and the duration of each. The caller owns the first tally->done descriptors, also after a
 * failure. Sets done, failed, first_error and elapsed of the tally.
 */
void dh_buffer_alloc_batch(int heap, const struct dh_alloc_request *request, int *fds,
			   uint64_t *nanoseconds, struct dh_tally *tally);

/*
 * Reads size, inode and flags of any dma-buf, and its name and exporter from fdinfo. Does not set
 * `heap` and `nanoseconds` of `facts`. Returns 0; -EBADF if `fd` is not open; -EBADFD if it is not
 * a dma-buf; or another -errno.
 */
int dh_buffer_describe(const struct dh_root *root, int fd, struct dh_buffer_facts *facts);

/*
 * DMA_BUF_SET_NAME. Returns 0; -ENAMETOOLONG if the name has DH_BUFFER_NAME_MAX bytes or more; or
 * another -errno.
 */
int dh_buffer_set_name(int fd, const char *name);

#endif
