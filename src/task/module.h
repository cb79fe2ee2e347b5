/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The companion modules: read, loaded and unloaded, with a sentence on stderr for what goes
 * wrong.
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
 * The module of that name, or the one that is in `file`; where both are NULL, all of them.
 * Returns a status, having said why.
 */
enum dh_status dh_modules_read(const struct dh_env *env, const char *name, const char *file,
			       struct dh_modules *modules);

/*
 * What the kernel has for drivers that use heaps. A kernel without a list of symbols is no
 * failure. Returns a status, having said why.
 */
enum dh_status dh_modules_read_kernel(const struct dh_env *env, struct dh_module_kernel *kernel);

/*
 * Loads it from `file`, or from /lib/modules where that is NULL, with these parameters, each
 * NAME=VALUE and known to be one that dh_module_parameter_quote() takes, and reads it again.
 * One that is loaded already is no failure. Returns a status, having said why.
 */
enum dh_status dh_modules_load(const struct dh_env *env, const char *file,
			       const char *const *parameters, size_t n_parameters,
			       struct dh_module *module);

/* Unloads it and reads it again; says who uses it where the kernel refuses. */
enum dh_status dh_modules_unload(const struct dh_env *env, struct dh_module *module);

#endif
