// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens heaps that dmaheap_stress adds and removes. Allocates two buffers from each heap, and maps
 * and closes them. Closes the heap before the first or before the second buffer, at random.
 *
 *   open-race PREFIX HEAPS PROCESSES SECONDS
 *
 * Prints the number of operations of each kind. Exits with 1 after an unexpected error.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct counts {
	unsigned long opens, none, buffers, gone;
	unsigned long wrong;
} *counts;

static void wrong(const char *what)
{
	if (!__atomic_fetch_add(&counts->wrong, 1, __ATOMIC_RELAXED))
		fprintf(stderr, "%s: %s\n", what, strerror(errno));
}

static void count(unsigned long *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static int allocate(int heap)
{
	struct dma_heap_allocation_data data = { .len = 4096, .fd_flags = O_RDWR | O_CLOEXEC };

	if (!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data)) {
		count(&counts->buffers);
		return data.fd;
	}
	if (errno == ENODEV)
		count(&counts->gone);
	else if (errno != ENOMEM)
		wrong("allocating");
	return -1;
}

static void use(int buffer)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	char path[64], text[512];
	ssize_t length;
	char *map;
	int fd;

	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, buffer, 0);
	if (map == MAP_FAILED) {
		if (errno != ENOMEM)
			wrong("mapping");
		return;
	}
	if (ioctl(buffer, DMA_BUF_IOCTL_SYNC, &sync))
		wrong("syncing");
	memset(map, 0x42, 4096);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW;
	if (ioctl(buffer, DMA_BUF_IOCTL_SYNC, &sync))
		wrong("syncing");
	munmap(map, 4096);

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", buffer);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	errno = 0;
	if (!strstr(text, "exp_name:\tstress"))
		wrong("the exporter's name");
}

static void once(const char *path)
{
	int heap, buffer, later;

	heap = open(path, O_RDWR | O_CLOEXEC);
	if (heap < 0) {
		if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
			count(&counts->none);
		else if (errno != ENOMEM)
			wrong("opening");
		return;
	}
	count(&counts->opens);
	buffer = allocate(heap);
	if (rand() % 4 == 0)
		usleep(rand() % 4000);
	later = allocate(heap);
	if (rand() % 2)
		close(heap), heap = -1;
	if (buffer >= 0) {
		use(buffer);
		close(buffer);
	}
	if (heap >= 0)
		close(heap);
	if (later >= 0) {
		use(later);
		close(later);
	}
}

static void race(const char *prefix, int heaps, time_t end)
{
	char path[64];

	srand(getpid());
	while (time(NULL) < end) {
		snprintf(path, sizeof(path), "/dev/dma_heap/%s%d", prefix, rand() % heaps);
		once(path);
	}
}

int main(int argc, char **argv)
{
	int processes, heaps, i, status, bad = 0;
	time_t end;

	if (argc != 5)
		return 2;
	heaps = atoi(argv[2]);
	processes = atoi(argv[3]);
	end = time(NULL) + atoi(argv[4]);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (counts == MAP_FAILED || heaps < 1)
		return 2;
	for (i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 2;
		if (!pid) {
			race(argv[1], heaps, end);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		bad |= status;
	printf("opens=%lu none=%lu buffers=%lu gone=%lu wrong=%lu\n", counts->opens, counts->none,
	       counts->buffers, counts->gone, counts->wrong);
	return bad || counts->wrong;
}
