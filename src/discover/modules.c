// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/modules.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/units.h"

#ifdef HAVE_LIBKMOD

#include <dlfcn.h>
#include <libkmod.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/auto.h"

/*
 * Loaded at the first question and not at start-up: it brings libcrypto and the
 * compressors along, which cost more than everything a listing does.
 */
/* clang-format off */
#define FUNCTIONS(x)                   \
	x(kmod_new)                    \
	x(kmod_unref)                  \
	x(kmod_module_new_from_name)   \
	x(kmod_module_new_from_lookup) \
	x(kmod_module_get_initstate)   \
	x(kmod_module_get_path)        \
	x(kmod_module_get_module)      \
	x(kmod_module_unref)           \
	x(kmod_module_unref_list)
/* clang-format on */

#define MEMBER(name) __typeof__(&name) name;
#define ADDRESS(name)                                           \
	*(void **)&library.name = dlsym(library.handle, #name); \
	complete = complete && library.name;

static struct {
	void *handle;
	bool tried;
	FUNCTIONS(MEMBER)
} library;

static bool library_load(const struct dh_log *log)
{
	bool complete = true;

	if (library.tried)
		return library.handle;
	library.tried = true;
	library.handle = dlopen("libkmod.so.2", RTLD_NOW | RTLD_LOCAL);
	if (!library.handle) {
		dh_note(log, "libkmod: %s", dlerror());
		return false;
	}
	FUNCTIONS(ADDRESS)
	if (!complete) {
		dh_note(log, "libkmod: lacks a function that is needed");
		dlclose(library.handle);
		library.handle = NULL;
	}
	return library.handle;
}

static bool has_module_folder(void)
{
	struct utsname kernel;
	char path[sizeof(kernel.release) + 32];

	if (uname(&kernel))
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s", kernel.release);
	return !access(path, R_OK | X_OK);
}

static enum dh_module_state loaded_state(struct kmod_module *module)
{
	switch (library.kmod_module_get_initstate(module)) {
	case KMOD_MODULE_BUILTIN:
		return DH_MODULE_BUILTIN;
	case KMOD_MODULE_LIVE:
	case KMOD_MODULE_COMING:
	case KMOD_MODULE_GOING:
		return DH_MODULE_LIVE;
	default:
		return DH_MODULE_UNKNOWN;
	}
}

/* Looks through the indexes of /lib/modules; also finds what is built in. */
static enum dh_module_state looked_up_state(struct kmod_ctx *context, const char *name)
{
	enum dh_module_state state = DH_MODULE_UNKNOWN;
	struct kmod_list *list = NULL;

	if (!has_module_folder())
		return DH_MODULE_UNKNOWN;
	if (library.kmod_module_new_from_lookup(context, name, &list) < 0)
		return DH_MODULE_UNKNOWN;
	if (!list)
		return DH_MODULE_ABSENT;

	struct kmod_module *module = library.kmod_module_get_module(list);

	state = loaded_state(module);
	if (state == DH_MODULE_UNKNOWN)
		state = library.kmod_module_get_path(module) ? DH_MODULE_LOADABLE
							     : DH_MODULE_ABSENT;
	library.kmod_module_unref(module);
	library.kmod_module_unref_list(list);
	return state;
}

int dh_module_state_read(const char *name, const struct dh_log *log, enum dh_module_state *state)
{
	static const char *const words[] = { "unknown", "absent", "loadable", "live", "built in" };
	struct kmod_module *module = NULL;
	struct kmod_ctx *context;
	int ret;

	*state = DH_MODULE_UNKNOWN;
	if (!library_load(log))
		return -EOPNOTSUPP;
	context = library.kmod_new(NULL, NULL);
	if (!context)
		return -ENOMEM;

	ret = library.kmod_module_new_from_name(context, name, &module);
	if (ret < 0)
		goto out;
	*state = loaded_state(module);
	if (*state == DH_MODULE_UNKNOWN)
		*state = looked_up_state(context, name);
	ret = 0;
	dh_note(log, "libkmod: module %s is %s", name, words[*state]);
out:
	if (module)
		library.kmod_module_unref(module);
	library.kmod_unref(context);
	return ret;
}

#else

int dh_module_state_read(const char *name, const struct dh_log *log, enum dh_module_state *state)
{
	(void)name;
	*state = DH_MODULE_UNKNOWN;
	dh_note(log, "libkmod: built without");
	return -EOPNOTSUPP;
}

#endif
