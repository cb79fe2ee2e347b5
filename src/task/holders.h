/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes hold buffers, with a sentence on stderr for what goes wrong.
 */
#ifndef DH_TASK_HOLDERS_H
#define DH_TASK_HOLDERS_H

#include "frame/message.h"
#include "model/holders.h"

/* As dh_holders_read() of discover/holders.h. Returns a status, having said why. */
enum dh_status dh_holders_collect(const struct dh_env *env, struct dh_holders *holders);

#endif
