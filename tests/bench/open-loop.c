// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens and closes a file COUNT times and prints the total time in nanoseconds.
 *
 *   open-loop FILE COUNT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec from, to;
	long i, count;

	if (argc != 3)
		return 2;
	count = atol(argv[2]);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < count; i++) {
		int fd = open(argv[1], O_RDWR | O_CLOEXEC);

		if (fd < 0) {
			perror(argv[1]);
			return 1;
		}
		close(fd);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%lld\n", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
	return 0;
}
