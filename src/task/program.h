/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the command given after "--".
 */
#ifndef DH_TASK_PROGRAM_H
#define DH_TASK_PROGRAM_H

#include "frame/message.h"
#include "task/buffers.h"

/*
 * Runs the command with the buffers as descriptors 3 and up, named after `label` or the heap.
 * Returns the exit status of the command as a shell reports it; if the command
 * could not be started, prints the error and returns a status of this tool.
 */
enum dh_status dh_program_run(char *const argv[], const struct dh_buffers *buffers,
			      const char *label);

/*
 * Runs the command and waits until it and all of its descendants have ended. Stores its exit
 * status as a shell reports it; unknown if the command could not be started. Returns a status;
 * prints the error, if any: the command did not start, failed, or left descendants that still run.
 */
enum dh_status dh_program_watch(char *const argv[], struct dh_maybe *status);

#endif
