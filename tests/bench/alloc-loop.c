// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocates the same buffers as "alloc --count N --summary", in a loop without any other work.
 * Prints the total time in nanoseconds.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	unsigned long size = argc > 3 ? strtoul(argv[2], NULL, 0) : 0;
	unsigned long n = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;
	struct rlimit limit;
	uint64_t start;
	int heap;

	if (!n) {
		fprintf(stderr, "Usage: %s NODE BYTES COUNT\n", argv[0]);
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);

	heap = open(argv[1], O_RDWR | O_CLOEXEC);
	if (heap < 0) {
		perror(argv[1]);
		return 1;
	}
	start = now();
	for (unsigned long i = 0; i < n; i++) {
		struct dma_heap_allocation_data data = {
			.len = size,
			.fd_flags = O_RDWR | O_CLOEXEC,
		};

		if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data)) {
			perror("DMA_HEAP_IOCTL_ALLOC");
			return 1;
		}
	}
	printf("%" PRIu64 "\n", now() - start);
	return 0;
}
