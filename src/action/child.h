/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs commands, optionally with inherited descriptors as described in sd_listen_fds(3): numbered
 * from 3, with LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES.
 */
#ifndef DH_ACTION_CHILD_H
#define DH_ACTION_CHILD_H

#include <stddef.h>

struct dh_child_fds {
	const int *fds; /* close-on-exec or not; the command gets duplicates */
	size_t n;
	const char *fdname; /* name of every descriptor; ':' and control characters become '_' */
	const char *const *environment; /* additional "NAME=VALUE" strings, NULL-terminated */
};

/* Converts a wait status to an exit status as shells do: 128 plus the signal that killed it. */
int dh_child_status(int wait_status);

/*
 * Runs `argv` with stdin, stdout, stderr and the descriptors, but no others, and waits for it.
 * While it waits, it forwards SIGINT, SIGTERM, SIGHUP and SIGQUIT, except those from the terminal,
 * which the command receives anyway. The soft limit of descriptors must allow a second copy of
 * each.
 *
 * Returns 0 and the wait status of waitpid(2), or -errno if the command could not be started:
 * -ENOENT if there is no such program.
 */
int dh_child_run(const struct dh_child_fds *given, char *const argv[], int *wait_status);

/*
 * Runs `argv` with the caller's descriptors and environment, as a shell would. Waits for it and for
 * all of its descendants, in any session. Forwards signals like dh_child_run(). A signal after the
 * end of `argv` ends the wait. The caller must have no other children: they would be waited for,
 * too.
 *
 * Returns 0 and the wait status of `argv`; -EINTR and that status if descendants are still running;
 * or -errno if it could not be started.
 */
int dh_child_run_tree(char *const argv[], int *wait_status);

#endif
