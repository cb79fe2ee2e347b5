// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/bpf.h"

#include <errno.h>

#ifdef HAVE_BPF

#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"

/*
 * The skeletons cast pointers to long (bpf/skel_internal.h), so a 32-bit build sign-extends
 * addresses above 2 GiB. A 64-bit kernel would reject such addresses with EFAULT, so this function
 * clears their upper 32 bits.
 */
static long call_bpf(long number, enum bpf_cmd command, union bpf_attr *attr, unsigned int size)
{
	if (sizeof(long) < sizeof(attr->insns) && command == BPF_MAP_UPDATE_ELEM) {
		attr->key = (unsigned long)attr->key;
		attr->value = (unsigned long)attr->value;
	} else if (sizeof(long) < sizeof(attr->insns) && command == BPF_PROG_LOAD) {
		attr->insns = (unsigned long)attr->insns;
		attr->license = (unsigned long)attr->license;
		attr->fd_array = (unsigned long)attr->fd_array;
	} else if (sizeof(long) < sizeof(attr->insns) && command == BPF_PROG_RUN) {
		attr->test.ctx_in = (unsigned long)attr->test.ctx_in;
	}
	return syscall(number, command, attr, size);
}

#define syscall call_bpf
#include "discover/buffers.lskel.h"
#include "discover/tasks.lskel.h"
#undef syscall

static void dh_auto_buffers_skeleton(struct buffers **skeleton)
{
	buffers__destroy(*skeleton);
}

static void dh_auto_tasks_skeleton(struct tasks **skeleton)
{
	tasks__destroy(*skeleton);
}

int dh_bpf_check(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint64_t has;

	if (syscall(SYS_capget, &header, data))
		return -errno;
	has = data[0].effective | (uint64_t)data[1].effective << 32;
	if (has & UINT64_C(1) << CAP_SYS_ADMIN ||
	    (has & UINT64_C(1) << CAP_BPF && has & UINT64_C(1) << CAP_PERFMON))
		return 0;
	return -EPERM;
}

int dh_bpf_load_tasks(int *descriptors, int *mappings)
{
	dh_auto(tasks_skeleton) struct tasks *skeleton = tasks__open();
	int ret;

	if (!skeleton)
		return -ENOMEM;
	ret = tasks__load(skeleton);
	if (ret)
		return ret;
	if (tasks__attach(skeleton))
		return -errno;
	/* A link holds a reference to its program, so the skeleton can be destroyed. */
	*descriptors = skeleton->links.descriptors_fd;
	*mappings = skeleton->links.mappings_fd;
	skeleton->links.descriptors_fd = skeleton->links.mappings_fd = 0;
	return 0;
}

int dh_bpf_load_buffers(int *buffers)
{
	dh_auto(buffers_skeleton) struct buffers *skeleton = buffers__open();
	int ret;

	if (!skeleton)
		return -ENOMEM;
	ret = buffers__load(skeleton);
	if (ret)
		return ret;
	if (buffers__attach(skeleton))
		return -errno;
	*buffers = skeleton->links.buffers_fd;
	skeleton->links.buffers_fd = 0;
	return 0;
}

static int create_iterator(int link)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.iter_create.link_fd = (uint32_t)link;
	fd = (int)syscall(SYS_bpf, BPF_ITER_CREATE, &attr, sizeof(attr.iter_create));
	return fd < 0 ? -errno : fd;
}

int dh_bpf_read(int link, size_t size, int (*visit)(void *data, const void *record), void *data)
{
	dh_auto(fd) int fd = create_iterator(link);
	char records[32768];
	size_t room = sizeof(records) - sizeof(records) % size;

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t got = read(fd, records, room);

		if (dh_interrupted())
			return -EINTR;
		/* EAGAIN: the kernel visited a million objects, and the program wrote no record. */
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return 0;
		if ((size_t)got % size)
			return -EBADMSG;
		for (size_t at = 0; at < (size_t)got; at += size) {
			int ret = visit(data, records + at);

			if (ret)
				return ret;
		}
	}
}

#else

int dh_bpf_check(void)
{
	return -EOPNOTSUPP;
}

int dh_bpf_load_tasks(int *descriptors, int *mappings)
{
	(void)descriptors;
	(void)mappings;
	return -EOPNOTSUPP;
}

int dh_bpf_load_buffers(int *buffers)
{
	(void)buffers;
	return -EOPNOTSUPP;
}

int dh_bpf_read(int link, size_t size, int (*visit)(void *data, const void *record), void *data)
{
	(void)link;
	(void)size;
	(void)visit;
	(void)data;
	return -EOPNOTSUPP;
}

#endif
