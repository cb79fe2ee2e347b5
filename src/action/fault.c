// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/fault.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* State of on_fault(). The variable is global because a signal handler has no data argument. */
static struct {
	uintptr_t from, size;
	sigjmp_buf out;
	struct sigaction former_bus, former_segv;
} state;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	/* Only signals from the kernel contain a fault address. Their si_code is positive. */
	bool from_kernel = info->si_code > 0;

	(void)context;
	if (from_kernel && (uintptr_t)info->si_addr - state.from < state.size)
		siglongjmp(state.out, 1);
	/*
	 * After the handler returns from a fault, the CPU repeats the access, and the previous
	 * action handles the new fault.
	 */
	sigaction(sig, sig == SIGBUS ? &state.former_bus : &state.former_segv, NULL);
	if (!from_kernel)
		raise(sig);
}

static int run(void (*work)(void *data), void *data)
{
	if (sigsetjmp(state.out, 1))
		return -EFAULT;
	work(data);
	return 0;
}

int dh_fault_run(const void *memory, size_t size, void (*work)(void *data), void *data)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	int error;

	state.from = (uintptr_t)memory;
	state.size = size;
	if (sigaction(SIGBUS, &action, &state.former_bus))
		return -errno;
	if (sigaction(SIGSEGV, &action, &state.former_segv)) {
		error = -errno;
		sigaction(SIGBUS, &state.former_bus, NULL);
		return error;
	}
	error = run(work, data);
	sigaction(SIGSEGV, &state.former_segv, NULL);
	sigaction(SIGBUS, &state.former_bus, NULL);
	return error;
}
