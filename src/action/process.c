// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/units.h"

#define SCORE_PATH "/proc/self/oom_score_adj"

/* The oom_score_adj before dh_process_prefer_oom_kill() changed it; "" if unknown. */
static char former_score[8];

static int write_score(const char *score)
{
	dh_auto(fd) int fd = open(SCORE_PATH, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	return write(fd, score, strlen(score)) < 0 ? -errno : 0;
}

static int prefer_oom_kill(void)
{
	dh_auto(fd) int fd = -1;
	ssize_t length;

	if (!former_score[0]) {
		fd = open(SCORE_PATH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return -errno;
		length = read(fd, former_score, sizeof(former_score) - 1);
		if (length < 0)
			return -errno;
	}
	return write_score("1000");
}

void dh_process_prefer_oom_kill(const struct dh_log *log)
{
	int ret = prefer_oom_kill();

	if (ret)
		dh_note(log, SCORE_PATH ": %s", dh_errno_name(-ret));
}

static struct sigaction former_sigxfsz;

void dh_process_ignore_sigxfsz(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGXFSZ, &ignore, &former_sigxfsz);
}

void dh_process_restore(void)
{
	/*
	 * fs/proc/base.c enforces a minimum score for processes without CAP_SYS_RESOURCE. Writes by
	 * such a process do not raise the minimum, so the process may restore its original score.
	 * Ignore an error: its only effect is that the command inherits the high score.
	 */
	if (former_score[0])
		(void)write_score(former_score);
	sigaction(SIGXFSZ, &former_sigxfsz, NULL);
}

int dh_process_raise_fd_limit(uint64_t more, uint64_t *most)
{
	/*
	 * Descriptors for other purposes: standard streams, directories of struct dh_root, the
	 * heap, devices, and files of libraries.
	 */
	const uint64_t used = 32;
	struct rlimit limit;
	uint64_t needed;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	*most = limit.rlim_max;
	if (__builtin_add_overflow(more, used, &needed) || needed > limit.rlim_max)
		needed = limit.rlim_max;
	if (needed > limit.rlim_cur) {
		limit.rlim_cur = needed;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	return more < *most ? 0 : -EMFILE;
}
