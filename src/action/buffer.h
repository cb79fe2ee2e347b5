/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocates, names and describes dma-bufs.
 *
 * The kernel defines the ioctls in include/uapi/linux/dma-heap.h and dma-buf.h.
 */
#ifndef DH_ACTION_BUFFER_H
#define DH_ACTION_BUFFER_H

#include <stdint.h>

#include "base/root.h"
#include "model/buffer.h"
#include "model/inventory.h"
#include "model/tally.h"

/*
 * Opens the node of `heap` for reading and writing if the node has the device number that the
 * kernel registered. Returns a descriptor that the caller owns, or -errno: -ESTALE if the node is
 * another device or not a character device, -ELOOP if it is a symlink. If the registered number is
 * unknown, returns heap->dev_error, or -ENODEV if dev_error is 0.
 */
int dh_heap_open(const struct dh_root *root, const struct dh_heap *heap);

/*
 * Allocates a buffer with DMA_HEAP_IOCTL_ALLOC. `heap` is the descriptor of a heap node. Uses the
 * size and the flags of `request`. The kernel rounds the size up to whole pages, and rejects
 * unknown flags. Returns the descriptor of the dma-buf, or -errno. The caller owns the descriptor.
 */
int dh_buffer_alloc(int heap, const struct dh_buffer_request *request);

/*
 * Allocates tally->requested buffers, and stops at the first allocation failure, or when
 * dh_interrupted() returns true. An allocation that the interrupt aborts does not count as a
 * failure. `fds` and `nanoseconds` must have tally->requested elements: they receive the descriptor
 * and the duration of each allocation. The caller owns the first tally->done descriptors, even
 * after a failure.
 *
 * Sets done, failed, first_error and elapsed in `tally`. On entry, all members except requested
 * must be zero.
 */
void dh_buffer_alloc_batch(int heap, const struct dh_buffer_request *request, int *fds,
			   uint64_t *nanoseconds, struct dh_tally *tally);

/*
 * Sets all members of `facts` except heap and nanoseconds. `fd` can be a dma-buf of any exporter.
 * The name and the exporter come from fdinfo, and are "" if fdinfo is not readable. Returns 0;
 * -EBADF if `fd` is not open, or is a dma-buf opened with O_PATH; -EBADFD if it is not a dma-buf;
 * or another -errno.
 */
int dh_buffer_describe(const struct dh_root *root, int fd, struct dh_buffer_facts *facts);

/*
 * Sets the name of a dma-buf with DMA_BUF_SET_NAME. Returns 0; -ENAMETOOLONG if the name, including
 * its terminating NUL, exceeds DH_BUFFER_NAME_MAX bytes; or another -errno.
 */
int dh_buffer_set_name(int fd, const char *name);

#endif
