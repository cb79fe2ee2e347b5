// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/pidfd.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int dh_pidfd_open(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0)
		return fd;
	/* If `pid` is not a main thread, older kernels return EINVAL, and newer ones ENOENT. */
	return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
}

int dh_pidfd_get(int pidfd, int fd)
{
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return copy < 0 ? -errno : copy;
}
