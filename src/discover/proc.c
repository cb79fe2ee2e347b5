// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/units.h"

struct pids {
	pid_t *each;
	size_t n;
};

static int add_pid(void *data, const char *name)
{
	struct pids *pids = data;
	pid_t pid, *added;

	if (!dh_proc_parse_id(name, &pid))
		return 0;
	added = dh_array_add(&pids->each, &pids->n);
	if (!added)
		return -ENOMEM;
	*added = pid;
	return 0;
}

int dh_proc_each(int proc, const char *activity, int (*visit)(void *data, pid_t pid), void *data)
{
	struct pids pids = { 0 };
	int ret = dh_dir_each(proc, ".", add_pid, &pids);

	dh_progress_begin(activity, "processes", pids.n, 0);
	for (size_t i = 0; i < pids.n && !ret; i++) {
		ret = dh_interrupted() ? -EINTR : visit(data, pids.each[i]);
		dh_progress_add(1, 0);
	}
	free(pids.each);
	return ret;
}

bool dh_proc_error_is_gone(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

int dh_proc_fatal_error(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE ? error : 0;
}

bool dh_proc_parse_id(const char *name, pid_t *id)
{
	uint64_t number;

	/*
	 * Names with leading zeros are rejected: several names would have the same ID, and
	 * dh_dir_each() does not sort them by number.
	 */
	if (*name == '0' || !dh_digits_parse(name, strlen(name), 10, &number) || number > INT32_MAX)
		return false;
	*id = (pid_t)number;
	return true;
}

int dh_proc_open_process(int proc, pid_t pid)
{
	char path[16];

	snprintf(path, sizeof(path), "%d", (int)pid);
	return dh_file_open(proc, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

int dh_proc_open_thread(int process, pid_t tid)
{
	char path[32];

	snprintf(path, sizeof(path), "task/%d", (int)tid);
	return dh_file_open(process, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

bool dh_proc_threads_share_fds(const struct dh_root *root, pid_t a, pid_t b)
{
	char self[16];
	ssize_t length = readlinkat(root->proc, "self", self, sizeof(self) - 1);

	if (!root->live || length <= 0)
		return false;
	self[length] = '\0';
	/*
	 * kcmp() expects IDs in the caller's PID namespace, but /proc can show those in another.
	 */
	return atoi(self) == getpid() && !syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0);
}
