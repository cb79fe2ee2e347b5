// SPDX-License-Identifier: GPL-2.0-or-later
#include "task/module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/stream.h"
#include "base/units.h"
#include "discover/accessors.h"
#include "discover/kernel-log.h"
#include "discover/modules.h"
#include "task/module-users.h"

/* At most this many lines of the kernel's log are shown below an error. */
#define LOG_LINES 12

/* Of syslog(3), as the kernel's log has them. */
#define SEVERITY_WARNING 4

void dh_modules_release(struct dh_modules *modules)
{
	for (size_t i = 0; i < modules->n; i++)
		dh_module_clear(&modules->each[i]);
	modules->n = 0;
}

/* The exit status for an -errno of dh_kmod_load(), dh_kmod_unload() or dh_module_read(). */
static enum dh_status status_of(int error)
{
	return error == -ELIBACC  ? DH_EXIT_UNSUPPORTED
	       : error == -ENOENT ? DH_EXIT_REFUSED
				  : dh_status_of(error);
}

/* Says what failed, and why. Returns the status. */
static enum dh_status fail(const struct dh_module *module, const char *what, int error,
			   const char *hint)
{
	if (error == -ELIBACC)
#ifdef HAVE_LIBKMOD
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "modules: the library libkmod.so.2 is missing; the package is "
			       "libkmod2 on Debian, kmod elsewhere");
#else
		return dh_fail(DH_EXIT_UNSUPPORTED,
			       "modules: dmaheapctl was built without libkmod");
#endif
	return dh_fail(status_of(error), "module '%s': %s: %s%s%s", module->name, what,
		       strerror(-error), hint ? "; " : "", hint ? hint : "");
}

/* Fills the record anew. Returns a status, having said why. */
static enum dh_status read_module(const struct dh_env *env, struct dh_module *module)
{
	int ret = dh_module_read(&env->root, module);

	return ret ? fail(module, "asking libkmod", ret, dh_module_load_hint(ret)) : DH_EXIT_DONE;
}

/* Names the module that is in the file, which has to be `module` where that has a name. */
static enum dh_status name_module(const struct dh_env *env, const char *file,
				  struct dh_module *module)
{
	struct dh_module other = { 0 };
	char name[DH_MODULE_NAME_MAX + 1];
	int ret = dh_kmod_file_name(file, &env->log, name);

	switch (ret) {
	case 0:
		break;
	case -ELIBACC:
		return fail(module, NULL, ret, NULL);
	case -EINVAL:
		return dh_fail(DH_EXIT_REFUSED, "module file '%s': not a regular file", file);
	case -ENOEXEC:
	case -ENOTRECOVERABLE:
	case -ETIMEDOUT:
		return dh_fail(DH_EXIT_REFUSED, "module file '%s': not a kernel module, or damaged",
			       file);
	default:
		return dh_fail(dh_status_of(ret), "module file '%s': %s", file, strerror(-ret));
	}

	if (dh_module_from_name(name, &other) && (!module->name || module->name == other.name)) {
		*module = other;
		return DH_EXIT_DONE;
	}
	return dh_fail(DH_EXIT_REFUSED, "module file '%s': this is the module '%s', not %s", file,
		       name, module->name ? module->name : "dmaheap_debug or dmaheap_sim");
}

enum dh_status dh_modules_read(const struct dh_env *env, const char *name, const char *file,
			       struct dh_modules *modules)
{
	enum dh_status status = DH_EXIT_DONE;

	if (name && !dh_module_from_name(name, &modules->each[0]))
		return dh_fail(DH_EXIT_NOT_FOUND, "no module '%s' here: there are debug and sim",
			       name);
	if (file)
		status = name_module(env, file, &modules->each[0]);
	modules->n = 1;
	if (!name && !file)
		for (modules->n = 0; dh_module_alias(modules->n); modules->n++)
			dh_module_from_name(dh_module_alias(modules->n),
					    &modules->each[modules->n]);
	for (size_t i = 0; i < modules->n && !status; i++)
		status = read_module(env, &modules->each[i]);
	return status;
}

enum dh_status dh_modules_read_kernel(const struct dh_env *env, struct dh_module_kernel *kernel)
{
	int ret = dh_accessors_read(&env->root, kernel);

	if (ret)
		dh_remark(env,
			  "which functions the kernel has for heaps is unknown: /proc/kallsyms: %s",
			  dh_error_text(-ret));
	if (ret == -ENOENT || ret == -ENODATA || ret == -DH_NOT_MOUNTED)
		return DH_EXIT_DONE;
	return dh_status_of(ret);
}

/* --- Load ----------------------------------------------------------------------- */

struct log_filter {
	const struct dh_env *env;
	const char *name;
	bool failed;
	int lines;
};

/* The messages that have to do with the load. */
static void show_message(void *data, int severity, const char *message)
{
	struct log_filter *filter = data;
	bool named = strstr(message, filter->name);

	/* That a module from outside its tree taints it, the kernel says every time. */
	if (filter->failed ? !named && !strstr(message, "odule")
			   : !named || severity > SEVERITY_WARNING || strstr(message, "taint"))
		return;
	if (filter->lines++ < LOG_LINES)
		dh_remark(filter->env, "kernel: %s", message);
}

/* As the kernel takes them, apart by blanks; the caller frees them. NULL without memory. */
static char *join(const char *const *parameters, size_t n)
{
	dh_auto(stream) struct dh_stream joined = { 0 };

	if (dh_stream_open(&joined))
		return NULL;
	for (size_t i = 0; i < n; i++) {
		dh_auto(free) char *quoted = NULL;

		if (dh_module_parameter_quote(parameters[i], &quoted))
			return NULL;
		fprintf(joined.file, "%s%s", i ? " " : "", quoted);
	}
	return dh_stream_close(&joined) ? NULL : dh_steal_ptr(joined.text);
}

static void remark_loaded(const struct dh_env *env, size_t n_parameters,
			  const struct dh_module *module)
{
	dh_remark(env, "module '%s': it is %s%s", module->name,
		  module->kmod.state == DH_MODULE_BUILTIN ? "built into the kernel"
							  : "loaded already",
		  n_parameters ? ", and its parameters stay as they are" : "");
}

enum dh_status dh_modules_load(const struct dh_env *env, const char *file,
			       const char *const *parameters, size_t n_parameters,
			       struct dh_module *module)
{
	struct log_filter filter = { .env = env, .name = module->name };
	dh_auto(free) char *joined = join(parameters, n_parameters);
	dh_auto(fd) int log = -1;
	enum dh_status status = DH_EXIT_DONE;
	dh_auto(free) char *what = NULL;
	int ret;

	if (!joined)
		return fail(module, "loading", -ENOMEM, NULL);
	if (module->kmod.state == DH_MODULE_LIVE || module->kmod.state == DH_MODULE_BUILTIN) {
		remark_loaded(env, n_parameters, module);
		return DH_EXIT_DONE;
	}
	if (!file && !*module->kmod.file)
		return dh_fail(DH_EXIT_NOT_FOUND,
			       "module '%s': the indexes of /lib/modules do not have it; depmod(8) "
			       "adds a file that is there, and --file loads one from elsewhere",
			       module->name);

	log = dh_kernel_log_open(&env->root);
	ret = dh_kmod_load(&(struct dh_kmod_request){ .name = module->name,
						      .file = file,
						      .parameters = joined },
			   &env->log);
	filter.failed = ret && ret != -EEXIST;
	if (filter.failed) {
		if (asprintf(&what, "loading '%s'", file ? file : module->kmod.file) < 0)
			what = NULL;
		status = fail(module, what ? what : "loading", ret, dh_module_load_hint(ret));
	}
	if (log >= 0)
		dh_kernel_log_each(log, show_message, &filter);
	if (status)
		return status;
	status = read_module(env, module);
	/* Somebody else has just loaded it. */
	if (ret == -EEXIST && !status)
		remark_loaded(env, n_parameters, module);
	return status;
}

/* --- Unload --------------------------------------------------------------------- */

enum dh_status dh_modules_unload(const struct dh_env *env, struct dh_module *module)
{
	struct dh_module_kernel kernel = { 0 };
	char out[DH_MODULE_HINT_MAX];
	int ret = -ENOENT;
	enum dh_status status;
	const char *hint;
	bool busy;

	if (module->kmod.state == DH_MODULE_BUILTIN)
		return dh_fail(DH_EXIT_REFUSED,
			       "module '%s': it is built into the kernel and cannot be unloaded",
			       module->name);
	if (module->kmod.state == DH_MODULE_LIVE || module->kmod.state == DH_MODULE_UNKNOWN)
		ret = dh_kmod_unload(module->name, &env->log);
	if (ret == -ENOENT)
		dh_remark(env, "module '%s': it is not loaded", module->name);

	/* What holds it is to be read after the refusal, not before. */
	status = read_module(env, module);
	if (!ret || ret == -ENOENT) {
		/* Without /sys, the answer of the kernel is the only evidence. */
		if (module->kmod.state == DH_MODULE_UNKNOWN)
			module->kmod.state =
				*module->kmod.file ? DH_MODULE_LOADABLE : DH_MODULE_ABSENT;
		return status;
	}
	if (status)
		return status;
	busy = ret == -EAGAIN || ret == -EBUSY;
	if (busy)
		dh_modules_read_kernel(env, &kernel);
	hint = dh_module_unload_hint(ret, module, kernel.accessors[DH_ACCESSOR_REMOVE], out);
	status = fail(module, "unloading", ret, hint);
	if (busy)
		dh_module_users_remark(env, module);
	return status;
}
