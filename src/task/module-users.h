/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who keeps a module from being unloaded.
 */
#ifndef DH_TASK_MODULE_USERS_H
#define DH_TASK_MODULE_USERS_H

#include "frame/message.h"
#include "model/module.h"

/*
 * Remarks on those who use the heaps of dmaheap_sim, whether it was loaded with them or they
 * were added since: processes that have a node open, also one of a heap that was removed,
 * those that hold buffers, and buffers that only the kernel holds. Of other modules it says
 * nothing.
 */
void dh_module_users_remark(const struct dh_env *env, const struct dh_module *module);

#endif
