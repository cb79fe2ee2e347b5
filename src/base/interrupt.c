// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "base/auto.h"

static bool caught;
static volatile sig_atomic_t arrived;

static void set_arrived(int signal)
{
	(void)signal;
	arrived = 1;
}

void dh_interrupt_handle(void (*handler)(int signal), int flags)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction former;

		if (!sigaction(signals[i], NULL, &former) && former.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

void dh_interrupt_catch(void)
{
	/* Omit SA_RESTART, so that a signal ends a blocking read from a terminal or a pipe. */
	dh_interrupt_handle(set_arrived, (int)SA_RESETHAND);
	caught = true;
}

void dh_interrupt_release(void)
{
	if (caught)
		dh_interrupt_handle(SIG_DFL, 0);
	caught = false;
}

bool dh_interrupted(void)
{
	return arrived;
}
