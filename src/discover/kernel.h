/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running kernel: its functions for drivers that use heaps, and its log.
 */
#ifndef DH_DISCOVER_KERNEL_H
#define DH_DISCOVER_KERNEL_H

#include "base/root.h"
#include "model/module.h"

/*
 * Fills the release, and the accessors from /proc/kallsyms, which names functions to
 * everybody, though their addresses only to root. 0; -errno where that cannot be read to its
 * end, or is empty: then all of the accessors stay unknown.
 */
int dh_kernel_read(const struct dh_root *root, struct dh_module_kernel *kernel);

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
