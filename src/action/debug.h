/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends commands to the module dmaheap_debug, in the format of kernel/include/dmaheap_debug.h.
 */
#ifndef DH_ACTION_DEBUG_H
#define DH_ACTION_DEBUG_H

#include "base/root.h"

/*
 * Resets the account of one heap, or all accounts if `heap` is NULL. Returns 0; -ENOENT if the
 * module is not loaded or debugfs is not mounted; -ENODATA if the heap has no account; -EACCES
 * without permission; -EROFS for a recorded tree; or another -errno.
 */
int dh_debug_reset(const struct dh_root *root, const char *heap);

#endif
