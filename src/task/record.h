/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records the system in a tar file. Functions that return a status print the error, if any.
 */
#ifndef DH_TASK_RECORD_H
#define DH_TASK_RECORD_H

#include "frame/message.h"
#include "model/recording.h"

/*
 * Writes to recording->file, or to stdout if that is "-", everything that list, holders and
 * accounting read. Sets the figures of `recording`. Gives a regular file the mode 0600, because the
 * record can contain facts that only root can read. Prints a remark about unreadable files.
 */
enum dh_status dh_record(const struct dh_env *env, struct dh_recording *recording);

#endif
