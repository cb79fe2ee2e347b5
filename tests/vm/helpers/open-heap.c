// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * open-heap NODE SIZE: opens a heap and prints "open". For each line of standard input, allocates
 * and frees a buffer, and prints the errno of the allocation, or 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int heap = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	char line[80];

	if (heap < 0) {
		perror("open-heap");
		return 1;
	}
	setlinebuf(stdout);
	puts("open");
	while (fgets(line, sizeof(line), stdin)) {
		struct dma_heap_allocation_data data = {
			.len = strtoull(argv[2], NULL, 0),
			.fd_flags = O_RDWR | O_CLOEXEC,
		};
		int error = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) ? errno : 0;

		printf("%d\n", error);
		if (!error)
			close(data.fd);
	}
	return 0;
}
