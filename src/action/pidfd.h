/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Duplicates a descriptor of another process (pidfd_open(2) and pidfd_getfd(2)).
 */
#ifndef DH_ACTION_PIDFD_H
#define DH_ACTION_PIDFD_H

#include <sys/types.h>

/*
 * Returns a pidfd of the process `pid`. The caller owns the pidfd, which never refers to a later
 * process with the same ID. Returns -ESRCH if there is no such process or `pid` is the ID of a
 * thread other than the main thread, -ENOSYS before Linux 5.3, or another -errno.
 */
int dh_pidfd_open(pid_t pid);

/*
 * Duplicates the descriptor `fd` of the process that `pidfd` refers to, with close-on-exec set.
 * Returns the duplicate, which the caller owns, or -errno, such as:
 *
 *   -EBADF   `fd` is not open in the main thread
 *   -ESRCH   the process has ended
 *   -EPERM   the caller may not attach to the process with ptrace(2)
 *   -EACCES  a security module denies the transfer
 *   -ENOSYS  the kernel is older than Linux 5.6
 */
int dh_pidfd_get(int pidfd, int fd);

#endif
