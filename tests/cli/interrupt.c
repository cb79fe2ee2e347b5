// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library for LD_PRELOAD. When the program reads the link of a descriptor, the library sleeps
 * for $DELAY milliseconds. The first time, the library also sends the signal $INTERRUPT_WITH to the
 * program. The first time that the program reads a BPF iterator, the library sends the signal
 * $INTERRUPT_ITERATOR_WITH. All variables default to 0.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned int number(const char *name)
{
	const char *value = getenv(name);

	return value ? (unsigned int)atoi(value) : 0;
}

ssize_t readlinkat(int dir, const char *restrict path, char *restrict text, size_t size)
{
	static int sent;

	/* In /proc/PID/fd, the name of each link is the number of a descriptor. */
	if (*path >= '0' && *path <= '9') {
		usleep(1000 * number("DELAY"));
		if (!sent++)
			raise((int)number("INTERRUPT_WITH"));
	}
	return syscall(SYS_readlinkat, dir, path, text, size);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	static int sent;
	char path[32], target[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!sent && syscall(SYS_readlinkat, AT_FDCWD, path, target, sizeof(target) - 1) > 0 &&
	    strstr(target, "bpf_iter") && !sent++)
		raise((int)number("INTERRUPT_ITERATOR_WITH"));
	return syscall(SYS_read, fd, buffer, size);
}
