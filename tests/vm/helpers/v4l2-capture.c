// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Captures one frame from a V4L2 device into the inherited buffer, descriptor 3, and prints the
 * size of the frame.
 *
 *   v4l2-capture DEVICE
 */
#include <err.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TYPE V4L2_BUF_TYPE_VIDEO_CAPTURE

static void call(int fd, unsigned long request, const char *name, void *argument)
{
	if (ioctl(fd, request, argument) < 0)
		err(1, "%s", name);
}

int main(int argc, char **argv)
{
	struct v4l2_requestbuffers request = { .count = 2,
					       .type = TYPE,
					       .memory = V4L2_MEMORY_DMABUF };
	struct v4l2_buffer buffer = { .type = TYPE, .memory = V4L2_MEMORY_DMABUF };
	struct v4l2_format format = { .type = TYPE };
	int type = TYPE, fd = open(argc > 1 ? argv[1] : "", O_RDWR);

	if (fd < 0)
		err(1, "open");
	call(fd, VIDIOC_G_FMT, "VIDIOC_G_FMT", &format);
	if (lseek(3, 0, SEEK_END) < (off_t)format.fmt.pix.sizeimage)
		errx(1, "the frame has %u bytes", format.fmt.pix.sizeimage);
	call(fd, VIDIOC_REQBUFS, "VIDIOC_REQBUFS", &request);
	/* A driver can need several buffers before it captures, so queue this buffer repeatedly. */
	for (unsigned int i = 0; i < request.count; i++) {
		buffer.index = i;
		buffer.m.fd = 3;
		call(fd, VIDIOC_QBUF, "VIDIOC_QBUF", &buffer);
	}
	call(fd, VIDIOC_STREAMON, "VIDIOC_STREAMON", &type);
	call(fd, VIDIOC_DQBUF, "VIDIOC_DQBUF", &buffer);
	call(fd, VIDIOC_STREAMOFF, "VIDIOC_STREAMOFF", &type);
	printf("frame %u\n", buffer.bytesused);
	return 0;
}
