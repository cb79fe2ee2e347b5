// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library for LD_PRELOAD. It counts the writes of at least 512 bytes, and makes write number
 * $FAIL_AT (the first is 1) fail with ENOSPC.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t write(int fd, const void *data, size_t size)
{
	static long count;
	const char *at = getenv("FAIL_AT");

	if (size >= 512 && at && ++count == atol(at)) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_write, fd, data, size);
}
