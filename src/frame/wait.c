// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
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

/* Discards all data that can be read from the non-blocking `fd`. Returns 0 or -errno. */
static int discard_data(int fd)
{
	char discarded[sizeof(struct signalfd_siginfo)];
	ssize_t got;

	do
		got = read(fd, discarded, sizeof(discarded));
	while (got > 0);
	return got < 0 && errno != EAGAIN ? -errno : 0;
}

/* The blocked signals that end the wait. */
struct signals {
	int fd; /* a signalfd */
	sigset_t former_set;
};

static int block_signals(bool raw_terminal, struct signals *signals)
{
	sigset_t set;

	list_signals(&set, raw_terminal);
	signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &set, &signals->former_set);
	return 0;
}

static void unblock_signals(const struct signals *signals)
{
	/* Discard pending signals: once unblocked, such a signal would end the process. */
	discard_data(signals->fd);
	sigprocmask(SIG_SETMASK, &signals->former_set, NULL);
	close(signals->fd);
}

static bool stdin_is_piped(void)
{
	struct stat st;

	return !fstat(STDIN_FILENO, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* Reads input from stdin and discards it. Returns true at end of file or after an error. */
static bool input_ended(void)
{
	char discarded[512];
	ssize_t got = read(STDIN_FILENO, discarded, sizeof(discarded));

	return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* Returns the nanoseconds until a wait that began at `began` times out; UINT64_MAX: never. */
static uint64_t time_left(const struct dh_wait *wait, uint64_t began)
{
	uint64_t passed = dh_clock_now() - began;

	if (!wait->nanoseconds)
		return UINT64_MAX;
	return passed < wait->nanoseconds ? wait->nanoseconds - passed : 0;
}

static int wait_until(const struct dh_wait *wait, int signals, bool piped, bool key)
{
	const uint64_t began = dh_clock_now();

	for (;;) {
		struct pollfd polled[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = piped || key ? STDIN_FILENO : -1, .events = POLLIN },
		};
		uint64_t left = time_left(wait, began);
		struct timespec timeout = dh_clock_interval(left);
		int n;

		if (!left)
			return 0;
		n = ppoll(polled, ARRAY_SIZE(polled), wait->nanoseconds ? &timeout : NULL, NULL);
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
	struct termios original, raw;
	enum dh_status status;
	struct signals signals;
	bool piped;
	int ret;

	if (!wait->requested)
		return DH_EXIT_DONE;
	status = dh_output_flush();
	if (status)
		return status;

	/* Clear ICANON to receive single keys. Keep ISIG, so that Ctrl-C still sends a signal. */
	key = key && !tcgetattr(STDIN_FILENO, &original);
	ret = block_signals(key, &signals);
	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "waiting: %m");

	if (key) {
		raw = original;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	piped = stdin_is_piped();
	remark_events(env, wait, piped, key);
	/* A signal that arrived before the signals were blocked also ends the wait. */
	ret = dh_interrupted() ? 0 : wait_until(wait, signals.fd, piped, key);
	if (key)
		tcsetattr(STDIN_FILENO, TCSANOW, &original);
	unblock_signals(&signals);
	return ret ? dh_fail(DH_EXIT_ERROR, ret, "waiting: %m") : DH_EXIT_DONE;
}

static enum dh_status wait_for_condition(const struct dh_wait *wait,
					 const struct dh_condition *condition, int signals)
{
	const uint64_t began = dh_clock_now();
	int events = condition->events;

	for (;;) {
		struct pollfd polled[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = events, .events = POLLIN },
		};
		uint64_t left;
		char timeout[DH_UNIT_MAX];
		struct timespec interval;
		bool met = false;
		enum dh_status status = condition->check(condition->data, &met);

		if (status || met)
			return status;
		left = time_left(wait, began);
		if (!left)
			return dh_fail(DH_EXIT_TIMEOUT, 0, "%s: %s: timed out after %s",
				       condition->subject, condition->stage,
				       dh_format_duration(wait->nanoseconds, timeout));
		interval =
			dh_clock_interval(left < condition->interval ? left : condition->interval);
		if (ppoll(polled, ARRAY_SIZE(polled), &interval, NULL) < 0 && errno != EINTR)
			return dh_fail(DH_EXIT_ERROR, errno, "%s: %s: %m", condition->subject,
				       condition->stage);
		if (polled[0].revents)
			return DH_EXIT_INTERRUPTED;
		/*
		 * After a read error, ignore the event descriptor: the interval still limits the
		 * delay of the next check.
		 */
		if (polled[1].revents && discard_data(events))
			events = -1;
	}
}

enum dh_status dh_wait_for(const struct dh_env *env, const struct dh_wait *wait,
			   const struct dh_condition *condition)
{
	char timeout[DH_UNIT_MAX];
	enum dh_status status;
	struct signals signals;
	int ret = block_signals(false, &signals);

	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "%s: %s: %m", condition->subject,
			       condition->stage);
	if (isatty(STDERR_FILENO))
		dh_remark(env, "%s: %s%s%s (Ctrl-C ends the wait)", condition->subject,
			  condition->stage, wait->nanoseconds ? ", for at most " : "",
			  wait->nanoseconds ? dh_format_duration(wait->nanoseconds, timeout) : "");
	status = wait_for_condition(wait, condition, signals.fd);
	unblock_signals(&signals);
	return status;
}
