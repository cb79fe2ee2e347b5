// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a command with a udmabuf, or with a filter that makes every buffer unmappable:
 *
 * - "give udmabuf SIZE COMMAND..." runs COMMAND with a udmabuf as descriptor 3.
 * - "give unmappable COMMAND..." runs COMMAND with a seccomp filter that makes every shared mmap()
 *   fail with EINVAL, as for a buffer of a protected heap.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/udmabuf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "give: %s: %s\n", what, strerror(errno));
	return 125;
}

static int give_udmabuf(const char *size, char **command)
{
	struct udmabuf_create create = { .size = strtoull(size, NULL, 0) };
	int driver = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), memory, fd;

	if (driver < 0)
		return fail("/dev/udmabuf");
	memory = memfd_create("give", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0 || ftruncate(memory, (off_t)create.size) ||
	    fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK))
		return fail("memfd");
	create.memfd = (uint32_t)memory;
	fd = ioctl(driver, UDMABUF_CREATE, &create);
	if (fd < 0)
		return fail("UDMABUF_CREATE");
	if (fd != 3 && dup2(fd, 3) < 0)
		return fail("dup2");
	if (fd > 3)
		close(fd);
	execvp(command[0], command);
	return fail(command[0]);
}

#define ARGUMENT(n) offsetof(struct seccomp_data, args[n])

static int give_unmappable(char **command)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(3)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_SHARED, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(filter) / sizeof(filter[0]), .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return fail("seccomp");
	execvp(command[0], command);
	return fail(command[0]);
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "udmabuf"))
		return give_udmabuf(argv[2], argv + 3);
	if (argc > 2 && !strcmp(argv[1], "unmappable"))
		return give_unmappable(argv + 2);
	fprintf(stderr, "Usage: give udmabuf SIZE COMMAND... | give unmappable COMMAND...\n");
	return 125;
}
