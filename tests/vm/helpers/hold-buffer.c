// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holds a buffer of the system heap in a given way. Prints the inode number of the buffer and waits
 * for end of file on standard input.
 *
 *   hold-buffer WAY SIZE [NAME]
 *
 * WAY is one of:
 * - fd: a descriptor
 * - path: a descriptor with O_PATH
 * - map: a mapping whose descriptor is closed
 * - socket: a descriptor in flight in a socket
 * - import: an import into the first DRM device that accepts the buffer
 * - thread: a descriptor of a process whose main thread has ended
 * - table: a descriptor of a thread with its own descriptor table
 * - churn: a descriptor, while another thread allocates and frees buffers
 * - share: a descriptor, and its copy in a child process
 * - locked: a descriptor with a thousand locks, which make fdinfo long
 * - undumpable: a descriptor of a process that is not dumpable
 * - fences: a descriptor, and two sync_file descriptors
 * - efault: a descriptor that the kernel leaves open after a failed allocation; prints "none" if
 *   the kernel leaves none open
 * - spoof: a descriptor, and two of a regular file (one with O_PATH) whose links resemble
 *   those of a dma-buf
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A copy of struct drm_prime_handle, because drm.h may not be installed. */
struct prime_handle {
	uint32_t handle;
	uint32_t flags;
	int32_t fd;
};
#define PRIME_FD_TO_HANDLE _IOWR('d', 0x2e, struct prime_handle)

static void need(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "hold-buffer: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void *wait_for_end(void *unused)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	exit(0);
	return unused;
}

static int heap;

static void *churn(void *length)
{
	for (;;) {
		struct dma_heap_allocation_data data = { .len = *(__u64 *)length,
							 .fd_flags = O_RDWR | O_CLOEXEC };

		need(!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data), "alloc");
		close((int)data.fd);
	}
	return NULL;
}

static pthread_barrier_t parted;

static void *have_own_table(void *unused)
{
	need(!unshare(CLONE_FILES), "unshare");
	pthread_barrier_wait(&parted);
	return wait_for_end(unused);
}

static void put_into_socket(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int pair[2];

	need(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	need(sendmsg(pair[0], &message, 0) == 1, "sendmsg");
}

static void import(int fd)
{
	char path[32];

	for (int i = 0; i < 8; i++) {
		struct prime_handle handle = { .fd = fd };
		int device;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		device = open(path, O_RDWR | O_CLOEXEC);
		if (device >= 0 && !ioctl(device, PRIME_FD_TO_HANDLE, &handle))
			return;
	}
	need(0, "no DRM device imports the buffer");
}

/* After the lazy unmount, the links of the descriptors are "/dmabuf:spoof", without "/mnt". */
static void open_spoof(void)
{
	need(!unshare(CLONE_NEWNS), "unshare");
	need(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	need(!mount("none", "/mnt", "tmpfs", 0, NULL), "tmpfs");
	need(open("/mnt/dmabuf:spoof", O_CREAT | O_RDWR, 0600) >= 0, "spoof");
	need(open("/mnt/dmabuf:spoof", O_PATH) >= 0, "spoof");
	need(!umount2("/mnt", MNT_DETACH), "umount");
}

/*
 * Makes the kernel fail with EFAULT when it copies the result of the allocation to user space.
 * Returns the descriptor that the kernel leaves open, or -1 if it leaves none.
 */
static int fail_late(__u64 length)
{
	struct dma_heap_allocation_data *data =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = dup(heap);

	need(data != MAP_FAILED && fd >= 0, "mmap, dup");
	*data = (struct dma_heap_allocation_data){ .len = length, .fd_flags = O_RDWR };
	need(!mprotect(data, 4096, PROT_READ), "mprotect");
	/* The kernel uses the lowest free descriptor, which is `fd` after this call. */
	close(fd);
	need(ioctl(heap, DMA_HEAP_IOCTL_ALLOC, data) && errno == EFAULT, "EFAULT");
	return fcntl(fd, F_GETFD) < 0 ? -1 : fd;
}

int main(int argc, char **argv)
{
	struct dma_heap_allocation_data data = { .fd_flags = O_RDWR | O_CLOEXEC };
	const char *way = argc > 2 ? argv[1] : "";
	struct stat facts;
	pthread_t thread;
	int fd;

	heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	need(heap >= 0, "heap");
	data.len = strtoull(argc > 2 ? argv[2] : "4096", NULL, 0);
	need(!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data), "alloc");
	fd = (int)data.fd;
	need(argc < 4 || !ioctl(fd, DMA_BUF_SET_NAME, argv[3]), "name");
	need(!fstat(fd, &facts), "stat");

	if (!strcmp(way, "path")) {
		char link[32];

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		need(open(link, O_PATH | O_CLOEXEC) >= 0, "O_PATH");
		close(fd);
	} else if (!strcmp(way, "map")) {
		need(mmap(NULL, data.len, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED, "mmap");
		close(fd);
	} else if (!strcmp(way, "socket")) {
		put_into_socket(fd);
		close(fd);
	} else if (!strcmp(way, "import")) {
		import(fd);
		close(fd);
	} else if (!strcmp(way, "table")) {
		need(!pthread_barrier_init(&parted, NULL, 2), "barrier");
		need(!pthread_create(&thread, NULL, have_own_table, NULL), "thread");
		pthread_barrier_wait(&parted);
		close(fd);
	} else if (!strcmp(way, "churn")) {
		need(!pthread_create(&thread, NULL, churn, &data.len), "thread");
	} else if (!strcmp(way, "share")) {
		pid_t child = fork();

		need(child >= 0, "fork");
		if (!child)
			wait_for_end(NULL);
	} else if (!strcmp(way, "locked")) {
		for (int i = 0; i < 1000; i++) {
			struct flock lock = { .l_type = F_RDLCK, .l_start = 2 * i, .l_len = 1 };

			need(!fcntl(fd, F_SETLK, &lock), "lock");
		}
	} else if (!strcmp(way, "undumpable")) {
		need(!prctl(PR_SET_DUMPABLE, 0), "prctl");
	} else if (!strcmp(way, "fences")) {
		struct dma_buf_export_sync_file fence = { .flags = DMA_BUF_SYNC_RW };

		need(!ioctl(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &fence), "fence");
		need(!ioctl(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &fence), "fence");
	} else if (!strcmp(way, "efault")) {
		close(fd);
		fd = fail_late(data.len);
		need(fd < 0 || !fstat(fd, &facts), "stat");
	} else if (!strcmp(way, "spoof")) {
		open_spoof();
	}

	if (fd < 0)
		puts("none");
	else
		printf("%lu\n", (unsigned long)facts.st_ino);
	fflush(stdout);
	if (!strcmp(way, "thread")) {
		need(!pthread_create(&thread, NULL, wait_for_end, NULL), "thread");
		pthread_exit(NULL);
	}
	wait_for_end(NULL);
	return 0;
}
