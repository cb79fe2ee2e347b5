/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors handed to a command: inherited from 3 on, as sd_listen_fds(3) tells
 * it, with LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES.
 */
#ifndef DH_ACTION_CHILD_H
#define DH_ACTION_CHILD_H

#include <stddef.h>

struct dh_child_fds {
	const int *fds; /* close-on-exec or not: the copies at 3 and on are not */
	size_t n;
	const char *fdname; /* of every descriptor; ':' and control characters become '_' */
	const char *const *environment; /* "NAME=VALUE" to add; ended by NULL */
};

/* The exit status of a command, as shells have it: 128 and the signal that ended it. */
int dh_child_status(int wait_status);

/*
 * Runs `argv` with stdin, stdout, stderr and the descriptors, nothing else, waits
 * for it, and passes SIGINT, SIGTERM, SIGHUP and SIGQUIT on to it meanwhile, but for
 * those that the terminal sent to both. The soft limit of descriptors must have room
 * for as many again.
 *
 * 0 and the wait status of waitpid(2); -errno where it could not be started
 * (-ENOENT: no such program).
 */
int dh_child_run(const struct dh_child_fds *given, char *const argv[], int *wait_status);

/*
 * Runs `argv` with the caller's descriptors and environment, as a shell would, and waits for
 * it and for everything that it leaves behind, whatever session that is in. Signals as
 * above; one that comes when only others are left ends the wait. The caller must have no
 * child of its own, or that is waited for, too.
 *
 * 0 and the wait status of `argv`; -EINTR and that status where processes of it still run;
 * -errno where it could not be started.
 */
int dh_child_run_tree(char *const argv[], int *wait_status);

#endif
