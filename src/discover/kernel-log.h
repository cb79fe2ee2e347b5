/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads new messages from the log of the running kernel (/dev/kmsg).
 */
#ifndef DH_DISCOVER_KERNEL_LOG_H
#define DH_DISCOVER_KERNEL_LOG_H

#include "base/root.h"

/*
 * Opens the log for dh_kernel_log_each(), and skips all messages so far. Returns a descriptor that
 * the caller owns, or -errno.
 */
int dh_kernel_log_open(const struct dh_root *root);

/*
 * Calls `visit` for each message since the previous call, or since dh_kernel_log_open(). Skips
 * messages that the kernel has overwritten. `severity` is 0 to 7, as in syslog(3). `message` may
 * contain any bytes except NUL. Returns 0 or -errno.
 */
int dh_kernel_log_each(int log, void (*visit)(void *data, int severity, const char *message),
		       void *data);

#endif
