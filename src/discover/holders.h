/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the processes that hold dma-bufs by descriptors or mappings, and the dma-bufs that no
 * process holds.
 */
#ifndef DH_DISCOVER_HOLDERS_H
#define DH_DISCOVER_HOLDERS_H

#include "base/root.h"
#include "model/holders.h"

/*
 * Reads /proc/PID/fd, fdinfo and maps of all processes, and groups the result with
 * dh_holders_group(). Reads the kernel's list (discover/buffer-list.h) before the processes, and
 * again after them if some buffers have no holder. Opens no file through a descriptor's link: it
 * only reads the link and, on the running system, looks up the file. So no reference remains after
 * a call, and no call blocks.
 *
 * If discover/task-refs.h knows the descriptors and mappings of dma-bufs, reads only those, and
 * counts the other processes as read.
 *
 * Threads usually share the descriptor table of their process. A thread with its own table
 * (created without CLONE_FILES) is read only for buffers that nothing else holds, unless task-refs
 * has found it.
 *
 * A process that ends during the call is no error. A process whose files may not be read is marked.
 *
 * Returns 0; -ENOMEM, -EMFILE or -ENFILE; or -errno if /proc itself cannot be read. The caller
 * clears `holders`, also after an error.
 */
int dh_holders_read(const struct dh_root *root, struct dh_holders *holders);

#endif
