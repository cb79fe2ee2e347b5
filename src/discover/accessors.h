/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running kernel's functions for drivers that use heaps.
 */
#ifndef DH_DISCOVER_ACCESSORS_H
#define DH_DISCOVER_ACCESSORS_H

#include "base/root.h"
#include "model/module.h"

/*
 * Fills the release, and the accessors from /proc/kallsyms, which names functions to
 * everybody, though their addresses only to root. 0; -errno where that cannot be read to its
 * end, or is empty: then all of the accessors stay unknown.
 */
int dh_accessors_read(const struct dh_root *root, struct dh_module_kernel *kernel);

#endif
