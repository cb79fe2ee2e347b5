/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffers: allocated from a heap, named, described.
 *
 * include/uapi/linux/dma-heap.h and dma-buf.h are the kernel's side of this.
 */
#ifndef DH_ACTION_BUFFER_H
#define DH_ACTION_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/root.h"
#include "model/buffer.h"
#include "model/inventory.h"
#include "model/tally.h"

struct dh_alloc_request {
	uint64_t length;     /* bytes; the kernel rounds up to pages */
	uint32_t fd_flags;   /* passed as given */
	uint64_t heap_flags; /* passed as given */
};

/*
 * Opens the heap's node if it is the device that the kernel registered. Returns a
 * descriptor that the caller owns, or -errno; -ENODEV where no registered heap is known,
 * -ESTALE where the node is another device, -ELOOP where it is a symlink. Neither is opened.
 */
int dh_heap_open(const struct dh_root *root, const struct dh_heap *heap);

/* DMA_HEAP_IOCTL_ALLOC. Returns the dma-buf's descriptor, which the caller owns, or -errno. */
int dh_buffer_alloc(int heap, const struct dh_alloc_request *request);

/*
 * Allocates `tally->requested` buffers, all alive at once, and stops at the first
 * refusal. `fds` has room for that many and is filled in order; `nanoseconds`
 * takes the time of each. Nothing is closed: tally->done of `fds` belong to the
 * caller whatever else happened. Fills done, failed, first_error and elapsed of the
 * tally.
 */
void dh_buffer_alloc_batch(int heap, const struct dh_alloc_request *request, int *fds,
			   uint64_t *nanoseconds, struct dh_tally *tally);

/*
 * Describes any dma-buf: size, inode, flags, and from fdinfo the name and the
 * exporter. `heap` and `nanoseconds` of `facts` are left alone. 0; -EBADF where
 * `fd` is not open; -EBADFD where it is open, but no dma-buf; -errno.
 */
int dh_buffer_describe(const struct dh_root *root, int fd, struct dh_buffer_facts *facts);

/* DMA_BUF_SET_NAME. 0; -ENAMETOOLONG from DH_BUFFER_NAME_MAX on; -errno. */
int dh_buffer_name(int fd, const char *name);

#endif
