// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the buffers that it inherits according to sd_listen_fds(3), and the DMAHEAPCTL_*
 * variables. Checks that each buffer contains the counter pattern. Shares no code with dmaheapctl,
 * so that an error in dmaheapctl cannot hide itself.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "missing";
}

static const char *contents(int fd, off_t size)
{
	uint64_t *words = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);

	if (words == MAP_FAILED)
		return "not mapped";
	for (uint64_t i = 0; i < (uint64_t)size / sizeof(*words); i++)
		if (words[i] != i)
			return "words differ";
	return "words ok";
}

int main(void)
{
	int n = atoi(setting("LISTEN_FDS"));

	if (atol(setting("LISTEN_PID")) != (long)getpid()) {
		puts("LISTEN_PID is not mine");
		return 1;
	}
	printf("%d descriptors\nnames %s\nheap %s\nsize %s\ncount %s\n", n,
	       setting("LISTEN_FDNAMES"), setting("DMAHEAPCTL_HEAP"), setting("DMAHEAPCTL_SIZE"),
	       setting("DMAHEAPCTL_COUNT"));
	for (int fd = 3; fd < 3 + n; fd++) {
		char path[64], target[64] = "";
		off_t size = lseek(fd, 0, SEEK_END);

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, target, sizeof(target) - 1) < 0)
			return 1;
		printf("%d %s %ld bytes, %s\n", fd,
		       strncmp(target, "/dmabuf:", 8) ? target : "dma-buf", (long)size,
		       contents(fd, size));
	}
	return 0;
}
