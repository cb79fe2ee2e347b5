/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Imports a dma-buf into a queue of a V4L2 device, stage by stage. The import neither changes a
 * format nor starts streaming.
 *
 * VIDIOC_PREPARE_BUF attaches and maps the buffer (__prepare_dmabuf() in
 * drivers/media/common/videobuf2/videobuf2-core.c), so a successful import proves that the driver
 * can map the buffer. For a driver without this ioctl, such as uvcvideo in Linux 6.12, VIDIOC_QBUF
 * maps the buffer in the same way. The device does not access the memory before VIDIOC_STREAMON.
 */
#ifndef DH_ACTION_V4L2_H
#define DH_ACTION_V4L2_H

#include <stdint.h>

#include "base/root.h"
#include "model/import.h"
#include "model/inventory.h"

/*
 * Resources of an import. Initialise the struct with DH_V4L2_IMPORT_NONE, not with zeros: 0 is a
 * valid descriptor.
 */
struct dh_v4l2_import {
	int device;		/* descriptor of the node, or -1 */
	uint32_t type;		/* queue with requested buffers (enum v4l2_buf_type); 0: none */
	struct dh_maybe needed; /* bytes of the largest plane in the current format */
};

#define DH_V4L2_IMPORT_NONE ((struct dh_v4l2_import){ .device = -1 })

/*
 * Opens the node to determine whether it has a capture queue and an output queue for frames.
 * Returns a combination of the flags 1 << DH_ROLE_CAPTURE and 1 << DH_ROLE_OUTPUT; 0 if the node
 * has neither queue; or -errno.
 */
int dh_v4l2_queues(const struct dh_root *root, const struct dh_device *device);

/*
 * Initialises the rows with dh_import_row(), executes the stages in order, and stops after a
 * failure. Only the row of the failed stage reports the failure. If a frame has several planes in
 * separate buffers, imports the buffer for each plane. The caller must call
 * dh_v4l2_import_release().
 *
 * Fails at DH_STAGE_REQBUFS with EBUSY if another process has requested buffers of the queue, and
 * does not disturb that process. Until dh_v4l2_import_release(), other processes that request
 * buffers of the queue get EBUSY, except on memory-to-memory devices (vb2_ioctl_reqbufs() in
 * videobuf2-v4l2.c).
 */
void dh_v4l2_import(const struct dh_root *root, const struct dh_device *device, int buffer,
		    uint64_t buffer_size, struct dh_v4l2_import *import,
		    struct dh_import_row rows[DH_V4L2_STAGES]);

/*
 * Frees the buffers of the queue and closes the node. Does nothing if `import` is
 * DH_V4L2_IMPORT_NONE.
 */
void dh_v4l2_import_release(struct dh_v4l2_import *import);

#endif
