// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library for LD_PRELOAD. /dev/null takes the place of each node of a heap, so the mocked device
 * of a heap must have the number 1:3. An allocation creates a memfd that looks like a dma-buf. The
 * total size of the open buffers is at most $POOL bytes. Allocation number $FAIL_AT (the first is
 * 1) fails with EIO. At allocation number $INTERRUPT_AT, the library sends SIGINT to the program.
 * At exit, the library writes the total size and its maximum to the file $POOL_STATE.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FDS_MAX 4096

static unsigned long long sizes[FDS_MAX]; /* of the buffers, by descriptor */
static unsigned long long used, peak;

static unsigned long long number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : 0;
}

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

/* dmaheapctl opens nodes with syscall(SYS_openat2). Open /dev/null instead of a heap's node. */
long syscall(long which, ...)
{
	static long (*real)(long, long, long, long, long, long, long);
	const char heaps[] = "dma_heap/";
	long args[6];
	va_list list;

	va_start(list, which);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (!real)
		real = next("syscall");
	if (which == SYS_openat2 && !strncmp((const char *)args[1], heaps, strlen(heaps)))
		return open("/dev/null", O_PATH | O_CLOEXEC);
	return real(which, args[0], args[1], args[2], args[3], args[4], args[5]);
}

static int allocate(struct dma_heap_allocation_data *data)
{
	static unsigned long long n;
	int fd;

	if (++n == number("INTERRUPT_AT"))
		raise(SIGINT);
	errno = n == number("FAIL_AT") ? EIO : ENOMEM;
	if (errno == EIO || data->len > number("POOL") - used)
		return -1;
	fd = memfd_create("buffer", MFD_CLOEXEC);
	if (fd < 0 || fd >= FDS_MAX || ftruncate(fd, (off_t)data->len))
		abort();
	sizes[fd] = data->len;
	used += data->len;
	peak = used > peak ? used : peak;
	data->fd = (unsigned int)fd;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, void *);
	void *argument;
	va_list list;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	if (request == DMA_HEAP_IOCTL_ALLOC)
		return allocate(argument);
	if (!real)
		real = next("ioctl");
	return real(fd, request, argument);
}

int fstatfs(int fd, struct statfs *facts)
{
	static int (*real)(int, struct statfs *);
	int ret;

	if (!real)
		real = next("fstatfs");
	ret = real(fd, facts);
	if (!ret && fd < FDS_MAX && sizes[fd])
		facts->f_type = DMA_BUF_MAGIC;
	return ret;
}

int close(int fd)
{
	static int (*real)(int);

	if (!real)
		real = next("close");
	if (fd >= 0 && fd < FDS_MAX) {
		used -= sizes[fd];
		sizes[fd] = 0;
	}
	return real(fd);
}

__attribute__((destructor)) static void end(void)
{
	const char *name = getenv("POOL_STATE");
	FILE *out = name ? fopen(name, "w") : NULL;

	if (!out)
		return;
	fprintf(out, "%llu %llu\n", used, peak);
	fclose(out);
}
