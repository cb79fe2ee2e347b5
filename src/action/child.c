// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/process.h"
#include "base/auto.h"
#include "base/interrupt.h"
#include "base/stream.h"

#define FIRST_FD   3 /* SD_LISTEN_FDS_START of sd_listen_fds(3) */
#define FDNAMES	   "LISTEN_FDNAMES"
#define STRING_MAX (32 * 4096) /* MAX_ARG_STRLEN of <linux/binfmts.h> with 4 KiB pages */

/*
 * Sets close-on-exec on descriptor `first` and all higher ones. Does not close them, because the
 * child still needs one of them to report an error from execvp().
 */
static int mark_close_on_exec(int first)
{
	dh_auto(dir) DIR *dir = NULL;
	struct dirent *entry;

	if (!syscall(SYS_close_range, (unsigned int)first, ~0U, CLOSE_RANGE_CLOEXEC))
		return 0;
	/*
	 * Kernels before 5.11 lack CLOSE_RANGE_CLOEXEC. Do not try every descriptor number: the
	 * limit on open descriptors can be 2^30.
	 */
	dir = opendir("/proc/self/fd");
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);

		if (fd >= first)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	return 0;
}

/*
 * Duplicates given->fds to consecutive numbers that start at FIRST_FD, and sets close-on-exec on
 * all higher descriptors. A given descriptor can already have the target number of another one, so
 * the function first duplicates all of them above the target numbers. It also replaces `*report`
 * with a duplicate above the target numbers. Returns 0 or -errno.
 */
static int place_descriptors(const struct dh_child_fds *given, int *report)
{
	int above = FIRST_FD + (int)given->n;
	dh_auto(free) int *copies = calloc(given->n + 1, sizeof(*copies));
	int moved;

	if (!copies)
		return -ENOMEM;
	/* If this fcntl() fails, the caller writes the error to `*report`, which is still valid. */
	moved = fcntl(*report, F_DUPFD_CLOEXEC, above);
	if (moved < 0)
		return errno == EINVAL ? -EMFILE : -errno;
	*report = moved;
	for (size_t i = 0; i < given->n; i++) {
		copies[i] = fcntl(given->fds[i], F_DUPFD_CLOEXEC, above);
		if (copies[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < given->n; i++)
		if (dup2(copies[i], FIRST_FD + (int)i) < 0)
			return -errno;
	return mark_close_on_exec(above);
}

/*
 * Sets LISTEN_FDNAMES to "NAME:NAME:...", with one NAME for each descriptor. Removes the variable
 * if its value would be too long for execve(2). Returns 0 or -errno.
 */
static int set_fdnames(const struct dh_child_fds *given)
{
	dh_auto(stream) struct dh_stream names = { 0 };

	if (given->n * (strlen(given->fdname) + 1) + sizeof(FDNAMES) >= STRING_MAX)
		return unsetenv(FDNAMES) ? -errno : 0;
	if (dh_stream_open(&names))
		return -ENOMEM;
	for (size_t i = 0; i < given->n; i++) {
		if (i)
			fputc(':', names.file);
		for (const unsigned char *at = (const unsigned char *)given->fdname; *at; at++)
			fputc(*at < 0x20 || *at == 0x7f || *at == ':' ? '_' : *at, names.file);
	}
	if (dh_stream_close(&names))
		return -ENOMEM;
	return setenv(FDNAMES, names.text, 1) ? -errno : 0;
}

static int set_environment(const struct dh_child_fds *given)
{
	char number[24];
	int ret;

	snprintf(number, sizeof(number), "%zu", given->n);
	if (setenv("LISTEN_FDS", number, 1))
		return -errno;
	snprintf(number, sizeof(number), "%ld", (long)getpid());
	/* Remove an inherited LISTEN_PIDFDID, because it refers to another process. */
	if (setenv("LISTEN_PID", number, 1) || unsetenv("LISTEN_PIDFDID"))
		return -errno;
	ret = set_fdnames(given);
	for (const char *const *entry = given->environment; !ret && *entry; entry++)
		if (putenv((char *)*entry))
			ret = -errno;
	return ret;
}

/*
 * Executes `argv` in the child. On failure, writes -errno to the pipe `report`, and exits with
 * status 127. If `given` is NULL, the command inherits the environment and the descriptors
 * unchanged.
 */
__attribute__((noreturn)) static void
exec_child(const struct dh_child_fds *given, char *const argv[], int report, const sigset_t *mask)
{
	int ret = given ? set_environment(given) : 0;

	if (!ret && given)
		ret = place_descriptors(given, &report);
	if (!ret) {
		dh_process_restore();
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(argv[0], argv);
		ret = -errno;
	}
	(void)!write(report, &ret, sizeof(ret));
	_exit(127);
}

/*
 * Reaps the child, and forwards signals to it. If `all` is set, also reaps all descendants: this
 * process is a subreaper, so orphaned descendants become its children.
 */
static int wait_for_child(pid_t child, bool all, const sigset_t *signals, int *wait_status)
{
	bool ended = false;

	for (;;) {
		siginfo_t info;
		int signo, status;
		pid_t reaped;

		while ((reaped = waitpid(all ? -1 : child, &status, WNOHANG)) > 0) {
			if (reaped != child)
				continue;
			*wait_status = status;
			ended = true;
			if (!all)
				return 0;
		}
		if (reaped < 0)
			return ended && errno == ECHILD ? 0 : -errno;

		signo = sigwaitinfo(signals, &info);
		if (signo < 0 && errno != EINTR)
			return -errno;
		if (signo <= 0 || signo == SIGCHLD)
			continue;
		if (ended)
			return -EINTR;
		/*
		 * Do not forward signals from the terminal (SI_KERNEL): the terminal sends them to
		 * the whole foreground process group, so the child receives them directly.
		 */
		if (info.si_code != SI_KERNEL)
			kill(child, signo);
	}
}

/* If `given` is NULL, runs the command for dh_child_run_tree(). */
int dh_child_run(const struct dh_child_fds *given, char *const argv[], int *wait_status)
{
	dh_auto(fd) int reader = -1;
	dh_auto(fd) int writer = -1;
	sigset_t signals, former;
	struct sigaction former_child;
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	int ends[2], error = 0, ret;
	ssize_t got;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	reader = ends[0];
	writer = ends[1];

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGQUIT);
	sigprocmask(SIG_BLOCK, &signals, &former);
	if (dh_interrupted()) {
		sigprocmask(SIG_SETMASK, &former, NULL);
		return -EINTR;
	}
	/*
	 * The tool can inherit an ignored SIGCHLD through execve(2). The kernel discards the status
	 * of a child while SIGCHLD is ignored, so set the default disposition.
	 */
	sigaction(SIGCHLD, &by_default, &former_child);

	child = fork();
	if (child == 0)
		exec_child(given, argv, writer, &former);
	ret = child < 0 ? -errno : 0;

	if (!ret) {
		close(dh_steal_fd(&writer));
		do {
			got = read(reader, &error, sizeof(error));
		} while (got < 0 && errno == EINTR);
		ret = wait_for_child(child, !given, &signals, wait_status);
		if (!ret && got == (ssize_t)sizeof(error))
			ret = error;
	}

	sigaction(SIGCHLD, &former_child, NULL);
	sigprocmask(SIG_SETMASK, &former, NULL);
	return ret;
}

int dh_child_run_tree(char *const argv[], int *wait_status)
{
	int ret;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		return -errno;
	ret = dh_child_run(NULL, argv, wait_status);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	return ret;
}
