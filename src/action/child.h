/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs commands. A command can inherit descriptors as sd_listen_fds(3) describes: numbered from 3,
 * and announced in LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES.
 */
#ifndef DH_ACTION_CHILD_H
#define DH_ACTION_CHILD_H

#include <stddef.h>

struct dh_child_fds {
	const int *fds; /* with or without close-on-exec; the command inherits duplicates */
	size_t n;
	const char *fdname; /* name of each descriptor; ':' and control characters become '_' */
	const char *const *environment; /* additional "NAME=VALUE" strings; NULL-terminated */
};

/*
 * Runs the command `argv`, and waits for it. The command inherits stdin, stdout, stderr and the
 * descriptors in `given`, but no others. The soft limit on open descriptors must allow a second
 * copy of each descriptor in `given`.
 *
 * While the function waits, it forwards SIGINT, SIGTERM, SIGHUP and SIGQUIT to the command. Signals
 * from the terminal are not forwarded, because the command receives them directly.
 *
 * Returns 0 and sets `*wait_status` as waitpid(2) does, or returns -errno if the command could not
 * be started: -ENOENT if there is no such program, -EINTR if dh_interrupted() was true.
 */
int dh_child_run(const struct dh_child_fds *given, char *const argv[], int *wait_status);

/*
 * Runs the command `argv` with the caller's environment and descriptors, except those with
 * close-on-exec. Waits for the command and for all of its descendants, including those in other
 * sessions. Like dh_child_run(), forwards signals to the command. After the command has ended,
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT end the wait. The caller must have no other children, because
 * the function would also wait for them. The caller must not have called dh_interrupt_catch(),
 * because -EINTR could then also mean that the command was not started.
 *
 * Returns 0; -EINTR if a signal ended the wait for descendants; or another -errno if the command
 * could not be started. After 0 or -EINTR, `*wait_status` is the command's status as in waitpid(2).
 */
int dh_child_run_tree(char *const argv[], int *wait_status);

#endif
