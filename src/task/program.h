/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command behind the dashes: run with the buffers, or watched.
 */
#ifndef DH_TASK_PROGRAM_H
#define DH_TASK_PROGRAM_H

#include "frame/message.h"
#include "task/buffers.h"

/*
 * Runs it with the buffers as descriptors from 3 on, named by the label or the heap. Returns
 * its status as shells have it, or one of ours, having said why it could not be started.
 */
enum dh_status dh_program_run(char *const argv[], const struct dh_buffers *buffers,
			      const char *label);

/*
 * Runs it as a shell would, and waits for it and for everything that it leaves behind. Fills in
 * its status as shells have it; unknown where it could not be started. Returns a status, having
 * said why: where it did not start, did not end well, or left something that still runs.
 */
enum dh_status dh_program_watch(char *const argv[], struct dh_maybe *status);

#endif
