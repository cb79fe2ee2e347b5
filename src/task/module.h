/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads and unloads the companion modules, reads their state and their users, and looks up
 * the kernel functions that drivers call to provide and use heaps. Functions that return a status
 * print the error, if any.
 */
#ifndef DH_TASK_MODULE_H
#define DH_TASK_MODULE_H

#include "frame/message.h"
#include "model/module.h"

#define DH_MODULES_MAX 3

struct dh_modules {
	struct dh_module each[DH_MODULES_MAX];
	size_t n;
};

void dh_auto_modules(struct dh_modules *modules);

/*
 * Reads the state of the module `name` ("debug", "client" or "sim"), or of the module in `file`. If
 * both are given, the file must contain the module `name`. If both are NULL, reads all companion
 * modules.
 */
enum dh_status dh_modules_read(const struct dh_env *env, const char *name, const char *file,
			       struct dh_modules *modules);

/*
 * Reads the kernel release, and searches /proc/kallsyms for the functions with which drivers
 * provide and use heaps. Prints a remark if /proc/kallsyms cannot be read or is empty. Returns
 * DH_EXIT_DONE even if /proc/kallsyms is missing or empty, or if /proc is not mounted. Returns the
 * status for any other error.
 */
enum dh_status dh_modules_read_kernel(const struct dh_env *env, struct dh_module_kernel *kernel);

/*
 * Prints an error message for `error`, the -errno from an access to the debugfs files of `module`,
 * a name such as "dmaheap_debug". `major` is the expected major version of its interface. Returns
 * the status for the error.
 */
enum dh_status dh_module_access_failed(const struct dh_env *env, const char *module, int major,
				       int error);

/*
 * Loads the module from `file`, or from /lib/modules if `file` is NULL, and then updates `module`.
 * Each parameter has the form NAME=VALUE, and dh_module_parameter_quote() must accept it. It is not
 * an error if the module is already loaded or is built into the kernel.
 */
enum dh_status dh_modules_load(const struct dh_env *env, const char *file,
			       const char *const *parameters, size_t n_parameters,
			       struct dh_module *module);

/*
 * Unloads the module, and then updates `module`. If the module is dmaheap_sim and in use, prints
 * the users of its heaps. It is not an error if the module is not loaded.
 */
enum dh_status dh_modules_unload(const struct dh_env *env, struct dh_module *module);

/*
 * Prints at most ten users of the heaps of dmaheap_sim, and the number of further users. A user is
 * a process that has a node open (even the node of a removed heap) or holds a buffer, or the kernel
 * if only the kernel holds a buffer. The heaps are those in the parameter `heaps` of the module,
 * and those that were added later. Does nothing for other modules.
 */
void dh_module_users_remark(const struct dh_env *env, const struct dh_module *module);

#endif
