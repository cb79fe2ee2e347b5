/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running kernel says of modules in general, and of its heaps' accessors.
 */
#ifndef DH_DISCOVER_KERNEL_H
#define DH_DISCOVER_KERNEL_H

#include "base/root.h"
#include "model/module.h"

/*
 * Fills release, folder (below `sysroot`, or for NULL /lib/modules), what /proc and /sys
 * have to say, and for a live root whether the caller may load modules. The accessors and
 * the vermagic are left alone. What cannot be read stays unknown.
 */
void dh_kernel_read(const struct dh_root *root, const char *sysroot,
		    struct dh_module_kernel *kernel);

/*
 * Looks for the accessors in /proc/kallsyms, which names functions to everybody, though
 * their addresses only to root. 0; -errno where it cannot be read to its end, or is
 * empty: then all of them stay unknown.
 */
int dh_kernel_accessors_read(const struct dh_root *root, struct dh_module_kernel *kernel);

/*
 * The kernel's log from now on: a descriptor for dh_kernel_log_each() that the caller
 * owns, or -errno.
 */
int dh_kernel_log_open(const struct dh_root *root);

/*
 * Calls `visit` with the severity (0 to 7, as syslog has them) and the text of each message
 * since, with what is not printable as \xNN. 0 or -errno.
 */
int dh_kernel_log_each(int log, void (*visit)(void *data, int severity, const char *message),
		       void *data);

#endif
