// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/units.h"
#include "frame/output.h"

/*
 * Lists the signals that end the wait. Omits ignored signals (nohup): Linux queues a blocked signal
 * even if it is ignored, so such a signal would end the wait.
 */
static void list_signals(sigset_t *signals, bool raw_terminal)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	sigemptyset(signals);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		struct sigaction action;

		if (ending[i] == SIGQUIT && !raw_terminal)
			continue;
		if (!sigaction(ending[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(signals, ending[i]);
	}
}

/* Reads the pending signals from the signalfd: otherwise, unblocking them would end the process. */
static void discard_signals(int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) > 0)
		;
}

static bool stdin_is_piped(void)
{
	struct stat st;

	return !fstat(STDIN_FILENO, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* Reads and discards input from stdin. Returns true at end of file or after an error. */
static bool input_ended(void)
{
	char discarded[512];
	ssize_t got = read(STDIN_FILENO, discarded, sizeof(discarded));

	return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

static int wait_until(const struct dh_wait *wait, int signals, bool piped, bool key)
{
	uint64_t began = dh_clock_now();

	for (;;) {
		struct pollfd polled[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = piped || key ? STDIN_FILENO : -1, .events = POLLIN },
		};
		uint64_t passed = dh_clock_now() - began;
		struct timespec left;
		int n;

		if (wait->nanoseconds && passed >= wait->nanoseconds)
			return 0;
		left = dh_clock_interval(wait->nanoseconds - passed);
		n = ppoll(polled, ARRAY_SIZE(polled), wait->nanoseconds ? &left : NULL, NULL);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		if (polled[0].revents || (polled[1].revents && (input_ended() || key)))
			return 0;
	}
}

/* On a terminal, prints the events that end the wait. */
static void remark_events(const struct dh_env *env, const struct dh_wait *wait, bool piped,
			  bool key)
{
	char timeout[DH_UNIT_MAX];

	if (!isatty(STDERR_FILENO))
		return;
	dh_remark(env, "waiting for a signal (Ctrl-C)%s%s%s%s", key ? ", or a key" : "",
		  piped ? ", or end of file on standard input" : "",
		  wait->nanoseconds ? ", for at most " : "",
		  wait->nanoseconds ? dh_format_duration(wait->nanoseconds, timeout) : "");
}

enum dh_status dh_wait(const struct dh_env *env, const struct dh_wait *wait, bool key)
{
	dh_auto(fd) int signals = -1;
	struct termios original, raw;
	enum dh_status status;
	sigset_t set, former_set;
	int ret;

	if (!wait->requested)
		return DH_EXIT_DONE;
	status = dh_output_flush();
	if (status)
		return status;

	/* Clear ICANON to receive single keys. Keep ISIG: Ctrl-C still sends a signal. */
	key = key && !tcgetattr(STDIN_FILENO, &original);
	list_signals(&set, key);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0 || sigprocmask(SIG_BLOCK, &set, &former_set))
		return dh_fail(DH_EXIT_ERROR, errno, "waiting: %m");

	if (key) {
		raw = original;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	remark_events(env, wait, stdin_is_piped(), key);
	ret = wait_until(wait, signals, stdin_is_piped(), key);
	if (key)
		tcsetattr(STDIN_FILENO, TCSANOW, &original);
	discard_signals(signals);
	sigprocmask(SIG_SETMASK, &former_set, NULL);
	return ret ? dh_fail(DH_EXIT_ERROR, ret, "waiting: %m") : DH_EXIT_DONE;
}
