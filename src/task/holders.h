/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes that hold buffers. Not in heaps.h, so that `list` does not depend on /proc.
 */
#ifndef DH_TASK_HOLDERS_H
#define DH_TASK_HOLDERS_H

#include "frame/message.h"
#include "model/holders.h"

/* As dh_holders_read(). Returns a status; prints the error, if any. */
enum dh_status dh_holders_collect(const struct dh_env *env, struct dh_holders *holders);

#endif
