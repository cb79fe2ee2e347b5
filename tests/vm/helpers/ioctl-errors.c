// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the results of DMA_HEAP_IOCTL_ALLOC for many invalid and some valid inputs, and of other
 * system calls on a heap. The script same-ioctl compares the output on two kernels.
 *
 *   ioctl-errors HEAP
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NR_SIZE(nr, size) _IOC(_IOC_READ | _IOC_WRITE, DMA_HEAP_IOC_MAGIC, nr, size)

static const struct {
	const char *what;
	struct dma_heap_allocation_data data;
} requests[] = {
	{ "a page", { .len = 4096, .fd_flags = O_RDWR } },
	{ "a byte", { .len = 1, .fd_flags = O_RDWR } },
	{ "a page and a byte", { .len = 4097, .fd_flags = O_RDWR } },
	{ "read only", { .len = 4096, .fd_flags = O_RDONLY } },
	{ "write only", { .len = 4096, .fd_flags = O_WRONLY } },
	{ "both access bits", { .len = 4096, .fd_flags = O_ACCMODE } },
	{ "cloexec", { .len = 4096, .fd_flags = O_RDWR | O_CLOEXEC } },
	{ "nonblock", { .len = 4096, .fd_flags = O_RDWR | O_NONBLOCK } },
	{ "append", { .len = 4096, .fd_flags = O_RDWR | O_APPEND } },
	{ "all fd flags", { .len = 4096, .fd_flags = UINT32_MAX } },
	{ "heap flag 0", { .len = 4096, .fd_flags = O_RDWR, .heap_flags = 1 } },
	{ "heap flag 63", { .len = 4096, .fd_flags = O_RDWR, .heap_flags = 1ULL << 63 } },
	{ "all heap flags", { .len = 4096, .fd_flags = O_RDWR, .heap_flags = UINT64_MAX } },
	{ "a descriptor", { .len = 4096, .fd_flags = O_RDWR, .fd = 1 } },
	{ "a descriptor and no length", { .fd_flags = O_RDWR, .fd = 1 } },
	{ "no length", { .fd_flags = O_RDWR } },
	{ "all lengths", { .len = UINT64_MAX, .fd_flags = O_RDWR } },
	{ "a length that wraps", { .len = UINT64_MAX - 4094, .fd_flags = O_RDWR } },
};

static void say(const char *what, int result)
{
	printf("%-28s %s\n", what, result ? strerror(errno) : "done");
}

int main(int argc, char **argv)
{
	char node[256], path[256], big[256];
	struct dma_heap_allocation_data data;
	size_t i;
	int heap, result;

	snprintf(node, sizeof(node), "/dev/dma_heap/%s", argc > 1 ? argv[1] : "system");
	heap = open(node, O_RDWR | O_CLOEXEC);
	if (heap < 0) {
		perror(node);
		return 1;
	}
	for (i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		data = requests[i].data;
		result = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
		say(requests[i].what, result);
		printf("%-28s %lld\n", "  its size",
		       result ? -1LL : (long long)lseek(data.fd, 0, SEEK_END));
		if (!result)
			close(data.fd);
	}

	say("no address", ioctl(heap, DMA_HEAP_IOCTL_ALLOC, NULL));
	say("a wild address", ioctl(heap, DMA_HEAP_IOCTL_ALLOC, (void *)1));
	say("another number", ioctl(heap, NR_SIZE(1, sizeof(data)), &data));
	say("another magic", ioctl(heap, _IOWR('Z', 0, struct dma_heap_allocation_data), &data));

	/* The kernel accepts a struct that is shorter or longer than its own. */
	for (i = 0; i <= 200; i += 8) {
		snprintf(path, sizeof(path), "a struct of %zu bytes", i);
		memset(big, 0, sizeof(big));
		memcpy(big, &requests[0].data, sizeof(data));
		say(path, ioctl(heap, NR_SIZE(0, i), big));
	}

	/*
	 * The kernel cannot write the result to read-only memory. The number of the next descriptor
	 * shows whether the kernel leaked the descriptor of the buffer.
	 */
	const void *constant = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0);
	memcpy((void *)constant, &requests[0].data, sizeof(data));
	mprotect((void *)constant, 4096, PROT_READ);
	say("a struct that is read only", ioctl(heap, DMA_HEAP_IOCTL_ALLOC, constant));
	result = dup(heap);
	printf("%-28s %d\n", "the next descriptor", result);

	heap = open(node, O_RDONLY | O_CLOEXEC);
	data = requests[0].data;
	say("a heap opened read only", ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data));
	say("seeking", lseek(heap, 0, SEEK_END) < 0);
	say("reading", read(heap, big, 1) < 0);
	say("writing", write(heap, big, 1) < 0);
	say("mapping", mmap(NULL, 4096, PROT_READ, MAP_SHARED, heap, 0) == MAP_FAILED);
	return 0;
}
