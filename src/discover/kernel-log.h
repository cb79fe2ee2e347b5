/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of the running kernel (/dev/kmsg).
 */
#ifndef DH_DISCOVER_KERNEL_LOG_H
#define DH_DISCOVER_KERNEL_LOG_H

#include "base/root.h"

/*
 * Opens the log at its current end. Returns a descriptor for dh_kernel_log_each(), which the
 * caller owns, or -errno.
 */
int dh_kernel_log_open(const struct dh_root *root);

/*
 * Calls `visit` for each message since the last call: its severity (0 to 7, as in syslog(3)) and
 * its text, which may contain any bytes. Returns 0 or -errno.
 */
int dh_kernel_log_each(int log, void (*visit)(void *data, int severity, const char *message),
		       void *data);

#endif
