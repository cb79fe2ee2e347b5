// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "action/stage.h"
#include "base/auto.h"

static const struct queue {
	enum dh_role role;
	uint32_t capabilities;
	uint32_t type;
} queues[] = {
	{ DH_ROLE_CAPTURE, V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_M2M,
	  V4L2_BUF_TYPE_VIDEO_CAPTURE },
	{ DH_ROLE_CAPTURE, V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_VIDEO_M2M_MPLANE,
	  V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE },
	{ DH_ROLE_OUTPUT, V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_M2M, V4L2_BUF_TYPE_VIDEO_OUTPUT },
	{ DH_ROLE_OUTPUT, V4L2_CAP_VIDEO_OUTPUT_MPLANE | V4L2_CAP_VIDEO_M2M_MPLANE,
	  V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE },
};

struct attempt {
	const struct dh_root *root;
	const struct dh_device *device;
	int buffer; /* descriptor of the dma-buf */
	uint64_t buffer_size;
	struct dh_v4l2_import *import;
	struct dh_import_row *row; /* of the current stage */
	uint32_t type;		   /* enum v4l2_buf_type */
	struct v4l2_format format; /* current format of the queue */
};

static int stage_open(struct attempt *attempt)
{
	int fd = dh_stage_open(attempt->root, attempt->device, O_RDWR | O_NONBLOCK);

	if (fd < 0)
		return fd;
	attempt->import->device = fd;
	return 0;
}

/* Stores the capabilities of the opened node. Returns 0 or -errno. */
static int query_capabilities(int fd, uint32_t *capabilities)
{
	struct v4l2_capability answer = { 0 };

	if (ioctl(fd, VIDIOC_QUERYCAP, &answer) < 0)
		return -errno;
	*capabilities = answer.capabilities & V4L2_CAP_DEVICE_CAPS ? answer.device_caps
								   : answer.capabilities;
	return 0;
}

static int stage_querycap(struct attempt *attempt)
{
	uint32_t capabilities;
	int ret = query_capabilities(attempt->import->device, &capabilities);

	for (size_t i = 0; i < ARRAY_SIZE(queues) && !ret && !attempt->type; i++)
		if (queues[i].role == attempt->device->role &&
		    queues[i].capabilities & capabilities)
			attempt->type = queues[i].type;
	if (ret)
		return ret;
	return attempt->type && capabilities & V4L2_CAP_STREAMING ? 0 : DH_RESULT_REFUSED;
}

/* Returns the number of planes in separate buffers. */
static uint32_t count_planes(const struct attempt *attempt)
{
	uint32_t planes = attempt->format.fmt.pix_mp.num_planes;

	if (!V4L2_TYPE_IS_MULTIPLANAR(attempt->type))
		return 1;
	return planes < VIDEO_MAX_PLANES ? planes : VIDEO_MAX_PLANES;
}

/* Returns the number of bytes of a plane, or 0 if the driver does not report it. */
static uint32_t plane_size(const struct attempt *attempt, uint32_t plane)
{
	return V4L2_TYPE_IS_MULTIPLANAR(attempt->type)
		       ? attempt->format.fmt.pix_mp.plane_fmt[plane].sizeimage
		       : attempt->format.fmt.pix.sizeimage;
}

static int stage_size(struct attempt *attempt)
{
	uint32_t largest = 0;

	attempt->format.type = attempt->type;
	if (ioctl(attempt->import->device, VIDIOC_G_FMT, &attempt->format) < 0) {
		if (errno == EINVAL)
			attempt->row->reason = "the queue has no format: a decoder sets the format "
					       "after it reads the header of the stream";
		return -errno;
	}
	for (uint32_t i = 0; i < count_planes(attempt); i++)
		if (plane_size(attempt, i) > largest)
			largest = plane_size(attempt, i);
	if (largest)
		attempt->import->needed = dh_known(largest);
	if (attempt->buffer_size >= largest)
		return 0;
	attempt->row->reason = "the current format requires a larger buffer";
	return DH_RESULT_REFUSED;
}

static int stage_reqbufs(struct attempt *attempt)
{
	struct v4l2_requestbuffers request = {
		.count = 1,
		.type = attempt->type,
		.memory = V4L2_MEMORY_DMABUF,
	};

	if (ioctl(attempt->import->device, VIDIOC_REQBUFS, &request) < 0)
		return -errno;
	attempt->import->type = attempt->type;
	return 0;
}

static int stage_prepare(struct attempt *attempt)
{
	const bool multiplanar = V4L2_TYPE_IS_MULTIPLANAR(attempt->type);
	const uint32_t length =
		attempt->buffer_size < UINT32_MAX ? (uint32_t)attempt->buffer_size : UINT32_MAX;
	uint32_t field =
		multiplanar ? attempt->format.fmt.pix_mp.field : attempt->format.fmt.pix.field;
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer buffer = {
		.type = attempt->type,
		.memory = V4L2_MEMORY_DMABUF,
		/* With V4L2_FIELD_ALTERNATE, a buffer contains one field: select the top field. */
		.field = field == V4L2_FIELD_ALTERNATE ? V4L2_FIELD_TOP : field,
	};

	if (multiplanar) {
		buffer.m.planes = planes;
		buffer.length = count_planes(attempt);
		for (uint32_t i = 0; i < buffer.length; i++) {
			planes[i].m.fd = attempt->buffer;
			planes[i].length = length;
			planes[i].bytesused = plane_size(attempt, i);
		}
	} else {
		buffer.m.fd = attempt->buffer;
		buffer.length = length;
		buffer.bytesused = plane_size(attempt, 0);
	}
	if (ioctl(attempt->import->device, VIDIOC_PREPARE_BUF, &buffer) < 0 &&
	    (errno != ENOTTY || ioctl(attempt->import->device, VIDIOC_QBUF, &buffer) < 0))
		return -errno;
	return 0;
}

static const struct {
	enum dh_import_stage stage;
	int (*execute)(struct attempt *attempt);
} stages[DH_V4L2_STAGES] = {
	{ DH_STAGE_OPEN, stage_open },	     { DH_STAGE_QUERYCAP, stage_querycap },
	{ DH_STAGE_SIZE, stage_size },	     { DH_STAGE_REQBUFS, stage_reqbufs },
	{ DH_STAGE_PREPARE, stage_prepare },
};

int dh_v4l2_queues(const struct dh_root *root, const struct dh_device *device)
{
	uint32_t capabilities;
	dh_auto(fd) int fd = dh_stage_open(root, device, O_RDWR | O_NONBLOCK);
	int ret = fd < 0 ? fd : query_capabilities(fd, &capabilities);

	for (size_t i = 0; i < ARRAY_SIZE(queues) && ret >= 0; i++)
		if (queues[i].capabilities & capabilities)
			ret |= 1 << queues[i].role;
	return ret;
}

void dh_v4l2_import(const struct dh_root *root, const struct dh_device *device, int buffer,
		    uint64_t buffer_size, struct dh_v4l2_import *import,
		    struct dh_import_row rows[DH_V4L2_STAGES])
{
	struct attempt attempt = {
		.root = root,
		.device = device,
		.buffer = buffer,
		.buffer_size = buffer_size,
		.import = import,
	};
	bool passed = true;

	*import = DH_V4L2_IMPORT_NONE;
	for (size_t i = 0; i < DH_V4L2_STAGES; i++) {
		rows[i] = dh_import_row(device, stages[i].stage);
		attempt.row = &rows[i];
		passed = passed && dh_stage_set(&rows[i], stages[i].execute(&attempt));
	}
	/* If a node has both queues, the reason distinguishes their rows. */
	if (passed)
		rows[DH_V4L2_STAGES - 1].reason = device->role == DH_ROLE_CAPTURE
							  ? "mapped for the capture queue"
							  : "mapped for the output queue";
}

void dh_v4l2_import_release(struct dh_v4l2_import *import)
{
	struct v4l2_requestbuffers none = { .type = import->type, .memory = V4L2_MEMORY_DMABUF };

	if (import->type)
		(void)ioctl(import->device, VIDIOC_REQBUFS, &none);
	if (import->device >= 0)
		close(import->device);
	*import = DH_V4L2_IMPORT_NONE;
}
