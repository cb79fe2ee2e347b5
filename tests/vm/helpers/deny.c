// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a program in which one system call fails, as in a sandbox:
 *
 *   deny CALL [INDEX:]VALUE[=ERRNO]|-[=ERRNO] PROGRAM [ARGUMENT...]
 *
 * The system call CALL fails if its argument INDEX, counted from 0, has VALUE in the low 32 bits.
 * With "-" instead of VALUE, every call to CALL fails. By default, INDEX is 1 and ERRNO is 1
 * (EPERM).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned int number;
} calls[] = {
	{ "bpf", SYS_bpf },
	{ "close_range", SYS_close_range },
	{ "ioctl", SYS_ioctl },
	{ "lseek", SYS_lseek },
	{ "newfstatat", SYS_newfstatat },
	{ "openat2", SYS_openat2 },
	{ "pidfd_getfd", SYS_pidfd_getfd },
	{ "prlimit64", SYS_prlimit64 },
};

int main(int argc, char **argv)
{
	unsigned int number = 0, argument, index = 1, error = EPERM;
	const char *colon, *equals;
	int any;

	if (argc < 4)
		return 125;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (!strcmp(argv[1], calls[i].name))
			number = calls[i].number;
	}
	if (!number) {
		fprintf(stderr, "deny: unknown system call '%s'\n", argv[1]);
		return 125;
	}
	any = argv[2][0] == '-';
	colon = strchr(argv[2], ':');
	if (colon)
		index = (unsigned int)strtoul(argv[2], NULL, 0);
	equals = strchr(argv[2], '=');
	if (equals)
		error = (unsigned int)strtoul(equals + 1, NULL, 0);
	argument = (unsigned int)strtoul(colon ? colon + 1 : argv[2], NULL, 0);

	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
		/* Load the low half of the argument. The architecture must be little-endian. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)(offsetof(struct seccomp_data, args) +
					index * sizeof(((struct seccomp_data *)0)->args[0]))),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, (unsigned char)!any),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(*code), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("deny");
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
