// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/fault.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* A signal handler is given nothing of its caller's: hence one guard for the process. */
static struct {
	uintptr_t from, size;
	sigjmp_buf out;
	struct sigaction former_bus, former_segv;
} guard;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	/* A positive code is the kernel's word; only then is there an address. */
	bool raised = info->si_code > 0;

	(void)context;
	if (raised && (uintptr_t)info->si_addr - guard.from < guard.size)
		siglongjmp(guard.out, 1);
	/* The access is tried again on return, and then meets the former action. */
	sigaction(sig, sig == SIGBUS ? &guard.former_bus : &guard.former_segv, NULL);
	if (!raised)
		raise(sig);
}

static int run(void (*work)(void *data), void *data)
{
	if (sigsetjmp(guard.out, 1))
		return -EFAULT;
	work(data);
	return 0;
}

int dh_fault_run(const void *memory, size_t size, void (*work)(void *data), void *data)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	int error;

	guard.from = (uintptr_t)memory;
	guard.size = size;
	if (sigaction(SIGBUS, &action, &guard.former_bus))
		return -errno;
	if (sigaction(SIGSEGV, &action, &guard.former_segv)) {
		error = -errno;
		sigaction(SIGBUS, &guard.former_bus, NULL);
		return error;
	}
	error = run(work, data);
	sigaction(SIGSEGV, &guard.former_segv, NULL);
	sigaction(SIGBUS, &guard.former_bus, NULL);
	return error;
}
