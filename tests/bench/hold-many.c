// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts processes with many descriptors and then runs a command:
 *
 *   hold-many PROCESSES DESCRIPTORS [HEAP [N]] -- COMMAND...
 *
 * Each process opens DESCRIPTORS memfds, and maps every tenth of them. With HEAP, the path of a
 * node, each process allocates buffers of one page instead of memfds. With N, only every Nth
 * descriptor is a buffer, and the others are memfds. tests/bench/holders and many.bats use this
 * program.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int new_buffer(int heap)
{
	struct dma_heap_allocation_data data = { .len = 4096, .fd_flags = O_RDWR | O_CLOEXEC };
	int fd;

	if (heap >= 0)
		return ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) ? -1 : (int)data.fd;
	fd = memfd_create("hold-many", MFD_CLOEXEC);
	return fd < 0 || ftruncate(fd, 4096) ? -1 : fd;
}

static int child(int n, const char *node, int nth, int ready)
{
	int heap = node ? open(node, O_RDWR | O_CLOEXEC) : -1;

	if (node && heap < 0)
		return 1;
	for (int i = 0; i < n; i++) {
		int fd = new_buffer(i % nth ? -1 : heap);

		if (fd < 0 ||
		    (i % 10 == 0 && mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED))
			return 1;
	}
	if (heap >= 0)
		close(heap);
	if (write(ready, "x", 1) != 1)
		return 1;
	close(ready);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	int processes = argc > 3 ? atoi(argv[1]) : 0, n = argc > 3 ? atoi(argv[2]) : 0, pair[2];
	const char *node = argc > 3 && strcmp(argv[3], "--") ? argv[3] : NULL;
	bool has_nth = node && argc > 4 && strcmp(argv[4], "--");
	int nth = has_nth ? atoi(argv[4]) : 1;
	char **command = argv + 4 + (node != NULL) + has_nth;
	int status = 1;
	pid_t tool;
	char byte;

	if (processes <= 0 || n <= 0 || nth <= 0 || command >= argv + argc) {
		fprintf(stderr, "Usage: %s PROCESSES DESCRIPTORS [HEAP [N]] -- COMMAND...\n",
			argv[0]);
		return 2;
	}
	if (pipe(pair))
		return 1;
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("fork");
			break;
		}
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(pair[0]);
			_exit(child(n, node, nth, pair[1]));
		}
	}
	close(pair[1]);
	for (int i = 0; i < processes; i++)
		if (read(pair[0], &byte, 1) != 1) {
			fprintf(stderr, "%s: only %d processes opened their descriptors\n", argv[0],
				i);
			return 1;
		}
	tool = fork();
	if (!tool) {
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	waitpid(tool, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
