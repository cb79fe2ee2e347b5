/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who keeps a module from being unloaded.
 */
#ifndef DH_CLI_UNLOADING_H
#define DH_CLI_UNLOADING_H

#include "cli/command.h"
#include "model/module.h"

/*
 * Remarks on those who use the heaps that dmaheap_sim was loaded with: processes that have a node
 * open, those that hold buffers, and buffers that only the kernel holds. For other modules, none.
 */
void dh_unloading_explain(const struct dh_context *context, const struct dh_module *module);

#endif
