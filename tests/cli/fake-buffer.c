// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library for LD_PRELOAD. fstatfs() reports every file except those in /proc and /sys as a
 * dma-buf, and DMA_BUF_IOCTL_SYNC does nothing. At sync number $INTERRUPT_AT (the first is 1), the
 * library sends SIGINT to the program.
 */
#include <linux/dma-buf.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int fstatfs(int fd, struct statfs *facts)
{
	int ret = (int)syscall(SYS_fstatfs, fd, facts);

	if (!ret && facts->f_type != PROC_SUPER_MAGIC && facts->f_type != SYSFS_MAGIC)
		facts->f_type = DMA_BUF_MAGIC;
	return ret;
}

int ioctl(int fd, unsigned long request, ...)
{
	static int syncs;
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	if (request != DMA_BUF_IOCTL_SYNC)
		return (int)syscall(SYS_ioctl, fd, request, argument);
	if (++syncs == atoi(getenv("INTERRUPT_AT")))
		raise(SIGINT);
	return 0;
}
