/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds which dma-buf: descriptors and mappings of all processes, and the kernel's own
 * list of buffers.
 */
#ifndef DH_DISCOVER_HOLDERS_H
#define DH_DISCOVER_HOLDERS_H

#include "base/root.h"
#include "model/holders.h"

/*
 * From /proc/PID/fd, fdinfo and maps, and the kernel's list (discover/buffer-list.h), which is read
 * before the processes and, where buffers remain that none of them holds, after them. Settles the
 * result. No descriptor's link is opened, only read and, on the running system, looked up:
 * nothing gets a further reference that lasts, and nothing can block.
 *
 * Where discover/task-refs.h knows which descriptors and mappings are of dma-bufs, only
 * these are looked at; the other processes are listed as read.
 *
 * Processes that vanish are no error; those that may not be read are marked so. Without
 * sightings, the tables of threads that do not share the process's (CLONE_FILES left out) are
 * read where buffers remain that nothing holds. Only these buffers are looked for there.
 *
 * 0; -ENOMEM, -EMFILE, -ENFILE; -errno where /proc itself cannot be read. The caller clears
 * `holders`, also after a failure.
 */
int dh_holders_read(const struct dh_root *root, struct dh_holders *holders);

#endif
