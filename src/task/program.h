/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the command after "--".
 */
#ifndef DH_TASK_PROGRAM_H
#define DH_TASK_PROGRAM_H

#include "frame/message.h"
#include "task/buffers.h"

/*
 * Runs the command with the buffers as descriptors 3 and up. LISTEN_FDNAMES contains `label` for
 * each descriptor, or the name of the heap if `label` is NULL. Returns the exit status of the
 * command, or 128 plus the number of the signal that killed it. If the command could not be
 * started, prints the error and returns the status for it: DH_EXIT_INTERRUPTED if a signal arrived
 * before the start.
 */
enum dh_status dh_program_run(char *const argv[], const struct dh_buffers *buffers,
			      const char *label);

/*
 * Runs the command and waits until it and all of its descendants have ended. Sets `*status` to the
 * exit status of the command, or to 128 plus the number of the signal that killed it. `*status` is
 * unchanged if the command could not be started. Returns a status. Prints an error if the command
 * did not start or failed, or if descendants still run because a signal ended the wait.
 */
enum dh_status dh_program_watch(char *const argv[], struct dh_maybe *status);

#endif
