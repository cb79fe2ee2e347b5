// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/module.h"

#include <errno.h>

#ifdef HAVE_LIBKMOD

#include <libkmod.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/library.h"

/* clang-format off */
#define FUNCTIONS(x)                      \
	x(kmod_new)                       \
	x(kmod_unref)                     \
	x(kmod_set_log_fn)                \
	x(kmod_module_new_from_name)      \
	x(kmod_module_new_from_path)      \
	x(kmod_module_new_from_lookup)    \
	x(kmod_module_get_module)         \
	x(kmod_module_insert_module)      \
	x(kmod_module_probe_insert_module) \
	x(kmod_module_remove_module)      \
	x(kmod_module_unref)              \
	x(kmod_module_unref_list)
/* clang-format on */

static struct {
	FUNCTIONS(DH_LIBRARY_MEMBER)
} library;
static const char *const names[] = { FUNCTIONS(DH_LIBRARY_NAME) };
static struct dh_library libkmod = { .file = "libkmod.so.2",
				     .names = names,
				     .n = ARRAY_SIZE(names) };

static void dh_auto_kmod(struct kmod_ctx **context)
{
	if (*context)
		library.kmod_unref(*context);
}

static void dh_auto_kmod_module(struct kmod_module **module)
{
	if (*module)
		library.kmod_module_unref(*module);
}

/* Without this it would write to stderr. */
__attribute__((format(printf, 6, 0))) static void take_log(void *data, int priority,
							   const char *file, int line,
							   const char *function, const char *format,
							   va_list args)
{
	char text[512];

	(void)priority, (void)file, (void)line, (void)function;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	dh_note(data, "libkmod: %s", text);
}

static int open_context(const struct dh_log *log, struct kmod_ctx **context)
{
	if (!dh_library_load(&libkmod, &library, log))
		return -ELIBACC;
	*context = library.kmod_new(NULL, NULL);
	if (!*context)
		return -ENOMEM;
	library.kmod_set_log_fn(*context, take_log, log);
	return 0;
}

/* libkmod would hand the command to a shell. */
static int refuse_command(struct kmod_module *module, const char *command, void *data)
{
	(void)module;
	dh_note(data, "libkmod: not running '%s'", command);
	return -ECANCELED;
}

static int load_path(struct kmod_ctx *context, const struct dh_module_request *request)
{
	dh_auto(kmod_module) struct kmod_module *module = NULL;
	int ret = library.kmod_module_new_from_path(context, request->path, &module);

	if (ret < 0)
		return ret;
	return library.kmod_module_insert_module(module, 0, request->parameters);
}

static int load_name(struct kmod_ctx *context, const struct dh_module_request *request)
{
	dh_auto(kmod_module) struct kmod_module *module = NULL;
	struct kmod_list *list = NULL;
	int ret = library.kmod_module_new_from_lookup(context, request->name, &list);

	if (ret < 0)
		return ret;
	if (!list)
		return -ENOENT;
	module = library.kmod_module_get_module(list);
	library.kmod_module_unref_list(list);
	return library.kmod_module_probe_insert_module(module, KMOD_PROBE_FAIL_ON_LOADED,
						       request->parameters, refuse_command,
						       request->log, NULL);
}

int dh_module_load(const struct dh_module_request *request)
{
	dh_auto(kmod) struct kmod_ctx *context = NULL;
	int ret = open_context(request->log, &context);

	if (ret)
		return ret;
	return request->path ? load_path(context, request) : load_name(context, request);
}

int dh_module_unload(const char *name, const struct dh_log *log)
{
	dh_auto(kmod) struct kmod_ctx *context = NULL;
	dh_auto(kmod_module) struct kmod_module *module = NULL;
	int ret = open_context(log, &context);

	if (ret)
		return ret;
	ret = library.kmod_module_new_from_name(context, name, &module);
	if (ret < 0)
		return ret;
	return library.kmod_module_remove_module(module, 0);
}

#else

int dh_module_load(const struct dh_module_request *request)
{
	(void)request;
	return -ELIBACC;
}

int dh_module_unload(const char *name, const struct dh_log *log)
{
	(void)name, (void)log;
	return -ELIBACC;
}

#endif
