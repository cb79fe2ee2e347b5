/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running kernel's log.
 */
#ifndef DH_DISCOVER_KERNEL_LOG_H
#define DH_DISCOVER_KERNEL_LOG_H

#include "base/root.h"

/*
 * The kernel's log from now on: a descriptor for dh_kernel_log_each() that the caller
 * owns, or -errno.
 */
int dh_kernel_log_open(const struct dh_root *root);

/*
 * Calls `visit` with the severity (0 to 7, as syslog has them) and the text of each message
 * since, whatever bytes are in it. 0 or -errno.
 */
int dh_kernel_log_each(int log, void (*visit)(void *data, int severity, const char *message),
		       void *data);

#endif
