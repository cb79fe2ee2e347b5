// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "model/fdinfo.h"

/* configure selects a 64-bit off_t (AC_SYS_LARGEFILE), which can store the size of any buffer. */
_Static_assert(sizeof(off_t) == sizeof(uint64_t), "off_t must have 64 bits");

int dh_heap_open(const struct dh_root *root, const struct dh_heap *heap)
{
	if (!heap->has_dev)
		return heap->dev_error ? heap->dev_error : -ENODEV;
	/* heap->node begins with "/dev/", but dh_device_open() expects a path relative to /dev. */
	return dh_device_open(root->dev, heap->node + strlen("/dev/"), heap->dev, O_RDWR);
}

int dh_buffer_alloc(int heap, const struct dh_buffer_request *request)
{
	struct dma_heap_allocation_data data = {
		.len = request->size,
		.fd_flags = request->fd_flags,
		.heap_flags = request->heap_flags,
	};

	/*
	 * Do not repeat the ioctl after EINTR: a signal asks the tool to stop, and the kernel has
	 * freed the memory of the unfinished allocation.
	 */
	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data))
		return -errno;
	return (int)data.fd;
}

void dh_buffer_alloc_batch(int heap, const struct dh_buffer_request *request, int *fds,
			   uint64_t *nanoseconds, struct dh_tally *tally)
{
	uint64_t start = dh_clock_now(), before = start;

	for (uint64_t i = 0; i < tally->requested && !tally->failed && !dh_interrupted(); i++) {
		int fd = dh_buffer_alloc(heap, request);
		uint64_t after = dh_clock_now();

		if (fd >= 0) {
			fds[i] = fd;
			nanoseconds[i] = after - before;
			tally->done++;
			dh_progress_add(1, request->size);
		} else if (fd != -EINTR || !dh_interrupted()) {
			tally->failed = 1;
			tally->first_error = fd;
		}
		before = after;
	}
	tally->elapsed = dh_known(before - start);
}

/*
 * Sets facts->name and facts->exporter from fdinfo, or to "" if fdinfo does not contain them. Reads
 * up to 16 KiB, because lines about file locks can precede the lines about the dma-buf.
 */
static void read_fdinfo(const struct dh_root *root, int fd, struct dh_buffer_facts *facts)
{
	char path[48], text[16384];
	struct dh_fdinfo info = { 0 };
	dh_auto(fd) int file = -1;
	ssize_t got;

	snprintf(path, sizeof(path), "self/fdinfo/%d", fd);
	file = dh_file_open(root->proc, path, O_RDONLY);
	got = file < 0 ? -1 : read(file, text, sizeof(text));
	if (got > 0)
		(void)dh_fdinfo_parse(text, (size_t)got, &info);
	snprintf(facts->name, sizeof(facts->name), "%s", info.name);
	memcpy(facts->exporter, info.exporter, sizeof(facts->exporter));
}

int dh_buffer_describe(const struct dh_root *root, int fd, struct dh_buffer_facts *facts)
{
	struct statfs fs;
	struct stat st;
	off_t size;
	int status, cloexec;

	if (fstatfs(fd, &fs) || fstat(fd, &st))
		return -errno;
	/*
	 * Every kernel with dma-buf heaps (5.6 or later) also has the dma-buf file system (5.3 or
	 * later), so the magic number identifies a dma-buf.
	 */
	if (fs.f_type != DMA_BUF_MAGIC)
		return -EBADFD;

	size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return -errno;

	status = fcntl(fd, F_GETFL);
	cloexec = fcntl(fd, F_GETFD);
	if (status < 0 || cloexec < 0)
		return -errno;

	facts->fd = fd;
	facts->described = true;
	facts->size = (uint64_t)size;
	facts->inode = st.st_ino;
	facts->fd_flags =
		(uint32_t)(status & O_ACCMODE) | (cloexec & FD_CLOEXEC ? (uint32_t)O_CLOEXEC : 0);

	read_fdinfo(root, fd, facts);
	return 0;
}

int dh_buffer_set_name(int fd, const char *name)
{
	if (strlen(name) >= DH_BUFFER_NAME_MAX)
		return -ENAMETOOLONG;
	/*
	 * Older 32-bit kernels accept only DMA_BUF_SET_NAME_A, whose number encodes the size of a
	 * 32-bit pointer.
	 */
	if (!ioctl(fd, DMA_BUF_SET_NAME_B, name))
		return 0;
	if (errno != ENOTTY)
		return -errno;
	return ioctl(fd, DMA_BUF_SET_NAME_A, name) ? -errno : 0;
}
