// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library for LD_PRELOAD. It sends the signal $INTERRUPT_WITH to the program when the program
 * reads a link of a file descriptor for the first time.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t readlinkat(int dir, const char *restrict path, char *restrict text, size_t size)
{
	static int sent;

	if (!sent++)
		raise(atoi(getenv("INTERRUPT_WITH")));
	return syscall(SYS_readlinkat, dir, path, text, size);
}
