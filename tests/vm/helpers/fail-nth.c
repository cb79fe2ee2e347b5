// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeats an action and makes a different kernel allocation fail each time. The numbers of these
 * allocations are FIRST, FIRST + STEP, and so on, below FIRST + MOST. By default, FIRST and STEP
 * are 1, and MOST is 100000. Ends early if the action completes before it reaches the allocation
 * that should fail.
 *
 *   fail-nth [-f FIRST] [-s STEP] [-m MOST] ACTION...
 *
 * ACTION is one of:
 * - "load FILE [PARAMETERS]" loads and unloads a module. If the module cannot be unloaded,
 *   fail-nth ends.
 * - "alloc NODE SIZE" allocates and frees a buffer of a heap.
 * - "read FILE" reads a file to its end.
 * - "write FILE TEXT" writes TEXT with one call.
 * - "session FILE TEXT..." opens a file once, writes each TEXT and reads each answer.
 *
 * Prints "fine=N" for N successful actions, "errno=E times=N" for each error, and "end=N" if the
 * action made fewer than N allocations. Needs CONFIG_FAULT_INJECTION, with failslab and
 * fail_page_alloc configured in debugfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int nth;
static unsigned int times[4096];

static void need(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "fail-nth: %s: %s\n", what, strerror(errno));
	exit(125);
}

/* Makes the n-th allocation of this thread after this call fail, or none if n is 0. */
static void arm(unsigned long n)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%lu", n);

	need(pwrite(nth, text, length, 0) == length, "/proc/thread-self/fail-nth");
}

/*
 * Disarms the failure. Returns 1 if the allocation that arm() selected failed, or 0 if the thread
 * made fewer allocations.
 */
static int disarm(void)
{
	char text[32] = "";

	need(pread(nth, text, sizeof(text) - 1, 0) > 0, "/proc/thread-self/fail-nth");
	arm(0);
	return atol(text) == 0;
}

/*
 * Unloads the module FILE. The name of the module is the name of the file without its extension.
 * Returns 0, or -1 if unloading fails for five seconds.
 */
static int unload(const char *file)
{
	char name[64];
	const char *base = strrchr(file, '/');
	int i;

	snprintf(name, sizeof(name), "%s", base ? base + 1 : file);
	name[strcspn(name, ".")] = 0;
	for (i = 0; i < 100; i++) {
		if (!syscall(SYS_delete_module, name, O_NONBLOCK))
			return 0;
		usleep(50000);
	}
	return -1;
}

static int load(const char *file, const char *parameters, unsigned long n, int *stays)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int error;

	need(fd >= 0, file);
	arm(n);
	error = syscall(SYS_finit_module, fd, parameters, 0) ? errno : 0;
	close(fd);
	if (!error)
		*stays = 1;
	return error;
}

static int allocate(const char *node, const char *size, unsigned long n)
{
	struct dma_heap_allocation_data data = {
		.len = strtoull(size, NULL, 0),
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open(node, O_RDONLY | O_CLOEXEC);
	int error;

	need(heap >= 0, node);
	arm(n);
	error = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) ? errno : 0;
	if (!error)
		close(data.fd);
	close(heap);
	return error;
}

static int read_all(const char *file, unsigned long n)
{
	char text[4096];
	ssize_t got;
	int fd, error;

	arm(n);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	while ((got = read(fd, text, sizeof(text))) > 0)
		;
	error = got ? errno : 0;
	close(fd);
	return error;
}

static int write_all(const char *file, const char *text, unsigned long n)
{
	int fd, error;

	arm(n);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	error = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

/* Returns the errno of the first system call or answer that reports an error, or 0. */
static int session(const char *file, char **texts, unsigned long n)
{
	char answer[512], *at;
	ssize_t got;
	int fd, error = 0;

	arm(n);
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno;
	for (; *texts; texts++) {
		got = write(fd, *texts, strlen(*texts));
		if (got > 0)
			got = pread(fd, answer, sizeof(answer) - 1, 0);
		if (got < 0) {
			error = error ?: errno;
			continue;
		}
		answer[got] = 0;
		at = strstr(answer, " errno=");
		if (at)
			error = error ?: atoi(at + 7);
	}
	close(fd);
	return error;
}

static int act(char **action, unsigned long n, int *stays)
{
	if (!strcmp(action[0], "load"))
		return load(action[1], action[2] ? action[2] : "", n, stays);
	if (!strcmp(action[0], "alloc"))
		return allocate(action[1], action[2], n);
	if (!strcmp(action[0], "read"))
		return read_all(action[1], n);
	if (!strcmp(action[0], "write"))
		return write_all(action[1], action[2], n);
	if (!strcmp(action[0], "session"))
		return session(action[1], action + 2, n);
	fprintf(stderr, "fail-nth: no such action: %s\n", action[0]);
	exit(125);
}

int main(int argc, char **argv)
{
	unsigned long n, first = 1, step = 1, most = 100000, fine = 0, end = 0;
	int option, error, injected, loaded;
	unsigned int i;

	while ((option = getopt(argc, argv, "+f:s:m:")) > 0) {
		if (option == '?')
			return 125;
		*(option == 'f' ? &first : option == 's' ? &step : &most) =
			strtoul(optarg, NULL, 0);
	}
	argv += optind;
	argc -= optind;
	if (argc < 2 || (!strcmp(argv[0], "alloc") && argc < 3) ||
	    (!strcmp(argv[0], "write") && argc < 3)) {
		fprintf(stderr, "Usage: fail-nth [-f FIRST] [-s STEP] [-m MOST] ACTION...\n");
		return 125;
	}
	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	need(nth >= 0, "/proc/thread-self/fail-nth");

	for (n = first; n < first + most && !end; n += step) {
		loaded = 0;
		error = act(argv, n, &loaded);
		injected = disarm();
		if (error)
			times[error]++;
		else
			fine++;
		if (!injected)
			end = n;
		if (loaded && unload(argv[1]))
			break;
	}
	printf("fine=%lu\n", fine);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (times[i])
			printf("errno=%u times=%u\n", i, times[i]);
	}
	if (end)
		printf("end=%lu\n", end);
	return 0;
}
