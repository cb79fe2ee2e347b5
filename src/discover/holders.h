/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the processes that hold dma-bufs through descriptors or mappings, and the dma-bufs that no
 * process holds.
 */
#ifndef DH_DISCOVER_HOLDERS_H
#define DH_DISCOVER_HOLDERS_H

#include "base/root.h"
#include "model/holders.h"

/*
 * Reads /proc/PID/fd, fdinfo and maps of all processes, and groups the result with
 * dh_holders_group(). Reads the kernel's list of dma-bufs (discover/buffer-list.h) before this
 * scan, and again after it if some buffers have no holder: a buffer in both lists existed during
 * the whole scan.
 *
 * Does not open files through the links in /proc/PID/fd. Instead, reads each link and, on the
 * running system, calls stat() for dma-bufs. This function therefore keeps no reference to a file,
 * and does not block.
 *
 * If dh_task_refs_read() succeeds, reads only the descriptors and mappings in its list. The
 * processes without an entry in the list then count as read (DH_PROCESS_READ).
 *
 * Threads usually share the descriptor table of their process. If dh_task_refs_read() fails, the
 * separate table of a thread created without CLONE_FILES is searched only for buffers in the
 * kernel's list that have no other holder.
 *
 * A process that ends during the call is not an error. A process whose files the caller may not
 * read has the state DH_PROCESS_REFUSED.
 *
 * If dh_interrupted() returns true during the scan, sets holders->interrupted and keeps the result
 * so far. Without the second read of the kernel's list, the buffers without a holder remain
 * unknown.
 *
 * Returns 0; -ENOMEM, -EMFILE or -ENFILE; or another -errno if /proc itself cannot be read. The
 * caller clears `holders`, even after an error.
 */
int dh_holders_read(const struct dh_root *root, struct dh_holders *holders);

/*
 * Reads only the process `pid`, like dh_holders_read(), but without the kernel's list and without
 * dh_task_refs_read(). Also sets holders->sync_files to the number of sync_file descriptors of the
 * process. Sets holders->hidden if /proc omits process 1. Returns the same errors as
 * dh_holders_read(). The caller clears `holders`, even after an error.
 */
int dh_holders_read_process(const struct dh_root *root, pid_t pid, struct dh_holders *holders);

#endif
