/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a module with parameters, and a sentence on stderr for what goes wrong.
 */
#ifndef DH_CLI_LOADING_H
#define DH_CLI_LOADING_H

#include "cli/command.h"
#include "cli/status.h"
#include "model/module.h"

/* NAME=VALUE each, of the form that dh_module_parameter_quote() takes. */
struct dh_parameters {
	const char *const *each; /* not owned */
	size_t n;
};

/* The exit status for a -errno of dh_module_load() or dh_module_unload(). */
enum dh_status dh_loading_status(int error);

/* Says that libkmod is missing, and where it comes from. Returns DH_EXIT_UNSUPPORTED. */
int dh_loading_without_kmod(void);

/*
 * Has the module's file all of these? The kernel ignores those that it has not, and says
 * so in its log only. Returns 0, or DH_EXIT_USAGE, having said which.
 */
int dh_loading_check(const struct dh_parameters *parameters, const struct dh_module *module);

/* For a module that is loaded: remarks on that, and on parameters that are others. */
void dh_loading_compare(const struct dh_context *context, const struct dh_parameters *parameters,
			const struct dh_module *module);

/*
 * Loads the module from its file. Returns 0, also where it was loaded meanwhile, or an
 * exit status: then it has said what the kernel did, what that means, which also is
 * module->why, and what the kernel's log has on it.
 */
int dh_loading_try(struct dh_context *context, const struct dh_parameters *parameters,
		   struct dh_module *module, struct dh_module_kernel *kernel);

#endif
