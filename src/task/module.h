/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads, unloads and describes the companion modules. Functions that return a status print
 * the error, if any.
 */
#ifndef DH_TASK_MODULE_H
#define DH_TASK_MODULE_H

#include "frame/message.h"
#include "model/module.h"

#define DH_MODULES_MAX 2

struct dh_modules {
	struct dh_module each[DH_MODULES_MAX];
	size_t n;
};

void dh_modules_release(struct dh_modules *modules);

static inline void dh_auto_modules(struct dh_modules *modules)
{
	dh_modules_release(modules);
}

/*
 * Reads the module with this name (debug, sim), or the module in `file`; if both are NULL, all
 * modules.
 */
enum dh_status dh_modules_read(const struct dh_env *env, const char *name, const char *file,
			       struct dh_modules *modules);

/* Reads which heap functions the kernel has. A missing /proc/kallsyms is not an error. */
enum dh_status dh_modules_read_kernel(const struct dh_env *env, struct dh_module_kernel *kernel);

/*
 * Loads the module from `file`, or from /lib/modules if that is NULL, and reads it again. Each
 * parameter has the form NAME=VALUE; dh_module_parameter_quote() must accept it. A module that is
 * already loaded is not an error.
 */
enum dh_status dh_modules_load(const struct dh_env *env, const char *file,
			       const char *const *parameters, size_t n_parameters,
			       struct dh_module *module);

/* Unloads the module and reads it again. If the module is in use, prints its users. */
enum dh_status dh_modules_unload(const struct dh_env *env, struct dh_module *module);

/*
 * Prints the users of the heaps of dmaheap_sim: processes that have a node open (also of a removed
 * heap) or hold a buffer, and buffers that only the kernel holds. Considers the heaps that the
 * module was loaded with and those that were added later. Does nothing for other modules.
 */
void dh_module_users_remark(const struct dh_env *env, const struct dh_module *module);

#endif
