/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the processes and threads in /proc.
 */
#ifndef DH_DISCOVER_PROC_H
#define DH_DISCOVER_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/root.h"

/*
 * Calls `visit` for each process in `proc` (/proc), in ascending order of the PIDs, and shows the
 * progress of `activity`. Stops at the first non-zero result of `visit` and returns it. Otherwise
 * returns 0; -EINTR if dh_interrupted() is true; or another -errno if `proc` cannot be read.
 */
int dh_proc_each(int proc, const char *activity, int (*visit)(void *data, pid_t pid), void *data);

/*
 * Parses the name of a directory below /proc or /proc/PID/task. Returns false for other names, such
 * as "007".
 */
bool dh_proc_parse_id(const char *name, pid_t *id);

/*
 * Open the directory of a process in `proc` (/proc), or of a thread in `process` (/proc/PID). Each
 * function returns an O_PATH descriptor that the caller owns, or -errno.
 */
int dh_proc_open_process(int proc, pid_t pid);
int dh_proc_open_thread(int process, pid_t tid);

/* Returns true if kcmp() shows that the threads `a` and `b` share a descriptor table. */
bool dh_proc_threads_share_fds(const struct dh_root *root, pid_t a, pid_t b);

/*
 * Returns true for -ENOENT and -ESRCH, the errors from reading a file of a process that has ended.
 */
bool dh_proc_error_is_gone(int error);

/*
 * Returns `error` if it is -ENOMEM, -EMFILE or -ENFILE, which later reads would return, too.
 * Otherwise returns 0.
 */
int dh_proc_fatal_error(int error);

#endif
