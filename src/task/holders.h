/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the buffers and the processes that hold them. Functions that return a status print the
 * error, if any.
 */
#ifndef DH_TASK_HOLDERS_H
#define DH_TASK_HOLDERS_H

#include "frame/message.h"
#include "model/holders.h"
#include "model/inventory.h"

/*
 * Reads only the kernel's list of buffers. If the list is not readable, sets holders->listed to
 * false. The caller must clear `holders`, even after an error.
 */
enum dh_status dh_holders_list(const struct dh_env *env, struct dh_holders *holders);

/*
 * Reads the buffers and their holders with dh_holders_read(). After DH_EXIT_INTERRUPTED, `holders`
 * contains the processes read so far. The caller must clear `holders`, even after an error.
 */
enum dh_status dh_holders_collect(const struct dh_env *env, struct dh_holders *holders);

/* Reads the DRM and V4L2 devices. The caller must clear `inventory`, even after an error. */
enum dh_status dh_holders_read_devices(const struct dh_env *env, struct dh_inventory *inventory);

/*
 * Stores in `*n` the number of sync_file descriptors of the process, or leaves `*n` unknown if the
 * process is not readable.
 */
void dh_holders_count_sync_files(const struct dh_env *env, pid_t pid, struct dh_maybe *n);

/*
 * Checks that `holders` contains the process `pid`, and that its descriptors and mappings were
 * readable.
 */
enum dh_status dh_holders_check_process(const struct dh_holders *holders, pid_t pid);

#endif
