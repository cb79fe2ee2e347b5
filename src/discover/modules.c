// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/modules.h"

#include <errno.h>
#include <stdbool.h>

#include "discover/loaded.h"

#ifdef HAVE_LIBKMOD

#include <fcntl.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/library.h"

/*
 * Loaded at the first question and not at start-up: it brings libcrypto and the
 * compressors along, which cost more than everything a listing does.
 */
/* clang-format off */
#define FUNCTIONS(x)                   \
	x(kmod_new)                    \
	x(kmod_unref)                  \
	x(kmod_set_log_fn)             \
	x(kmod_module_new_from_name)   \
	x(kmod_module_new_from_path)   \
	x(kmod_module_new_from_lookup) \
	x(kmod_module_get_initstate)   \
	x(kmod_module_get_name)        \
	x(kmod_module_get_path)        \
	x(kmod_module_get_info)        \
	x(kmod_module_info_get_key)    \
	x(kmod_module_info_get_value)  \
	x(kmod_module_info_free_list)  \
	x(kmod_list_next)              \
	x(kmod_module_get_module)      \
	x(kmod_module_unref)           \
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

/*
 * `folder` NULL: that of the running kernel, with the configuration of modprobe. 0 or
 * -errno; -EOPNOTSUPP without libkmod.
 */
static int open_context(const char *folder, const struct dh_log *log, struct kmod_ctx **context)
{
	static const char *const nothing[] = { NULL };

	if (!dh_library_load(&libkmod, &library, log))
		return -EOPNOTSUPP;
	*context = library.kmod_new(folder, folder ? nothing : NULL);
	if (!*context)
		return -ENOMEM;
	library.kmod_set_log_fn(*context, take_log, log);
	return 0;
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

/* The first of those that the indexes have for the name, which the caller releases, or NULL. */
static struct kmod_module *look_up(struct kmod_ctx *context, const char *name)
{
	struct kmod_module *module = NULL;
	struct kmod_list *list = NULL;

	if (library.kmod_module_new_from_lookup(context, name, &list) < 0 || !list)
		return NULL;
	module = library.kmod_module_get_module(list);
	library.kmod_module_unref_list(list);
	return module;
}

/* Looks through the indexes of /lib/modules; also finds what is built in. */
static enum dh_module_state looked_up_state(struct kmod_ctx *context, const char *name)
{
	dh_auto(kmod_module) struct kmod_module *module = NULL;
	enum dh_module_state state;

	if (!has_module_folder())
		return DH_MODULE_UNKNOWN;
	module = look_up(context, name);
	if (!module)
		return DH_MODULE_ABSENT;
	state = loaded_state(module);
	if (state != DH_MODULE_UNKNOWN)
		return state;
	return library.kmod_module_get_path(module) ? DH_MODULE_LOADABLE : DH_MODULE_ABSENT;
}

int dh_module_state_read(const char *name, const struct dh_log *log, enum dh_module_state *state)
{
	dh_auto(kmod) struct kmod_ctx *context = NULL;
	dh_auto(kmod_module) struct kmod_module *module = NULL;
	int ret;

	*state = DH_MODULE_UNKNOWN;
	if (!dh_module_name_valid(name))
		return -EINVAL;
	ret = open_context(NULL, log, &context);
	if (ret)
		return ret;
	ret = library.kmod_module_new_from_name(context, name, &module);
	if (ret < 0)
		return ret;
	*state = loaded_state(module);
	if (*state == DH_MODULE_UNKNOWN)
		*state = looked_up_state(context, name);
	dh_note(log, "libkmod: module %s is %s", name, dh_module_state_name(*state));
	return 0;
}

static int keep(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
	return *to ? 0 : -ENOMEM;
}

/* "name:text", as .modinfo has types and descriptions of parameters. */
static int keep_parameter(struct dh_module *module, const char *value, bool type)
{
	const char *colon = strchrnul(value, ':');
	dh_auto(free) char *name = strndup(value, (size_t)(colon - value));
	struct dh_module_parameter *parameter;

	if (!name)
		return -ENOMEM;
	parameter = dh_module_parameter_add(module, name);
	if (!parameter)
		return -ENOMEM;
	return *colon ? keep(type ? &parameter->type : &parameter->help, colon + 1) : 0;
}

/* What is loaded knows its own version better than any file. */
static int keep_info(struct dh_module *module, const char *key, const char *value)
{
	if (!strcmp(key, "version"))
		return module->version ? 0 : keep(&module->version, value);
	if (!strcmp(key, "srcversion"))
		return module->srcversion ? 0 : keep(&module->srcversion, value);
	if (!strcmp(key, "parm"))
		return keep_parameter(module, value, false);
	if (!strcmp(key, "parmtype"))
		return keep_parameter(module, value, true);
	if (!strcmp(key, "vermagic")) {
		size_t length = strlen(value);

		while (length && value[length - 1] == ' ')
			length--;
		free(module->vermagic);
		module->vermagic = strndup(value, length);
		return module->vermagic ? 0 : -ENOMEM;
	}
	if (!strcmp(key, "sig_id"))
		module->is_signed = dh_known(1);
	return strcmp(key, "signer") ? 0 : keep(&module->signer, value);
}

/* The value of the first pair of that key, or NULL. */
static const char *info_value(const struct kmod_list *list, const char *key)
{
	for (const struct kmod_list *item = list; item; item = library.kmod_list_next(list, item))
		if (!strcmp(library.kmod_module_info_get_key(item), key))
			return library.kmod_module_info_get_value(item);
	return NULL;
}

static int read_info(struct kmod_module *file, struct dh_module *module, char other[64])
{
	struct kmod_list *list = NULL;
	const char *name;
	int ret = library.kmod_module_get_info(file, &list);

	if (ret < 0)
		return ret == -ENOMEM ? ret : -ENOEXEC;
	/* A file may have been renamed, and then libkmod takes its name for the module's. */
	name = info_value(list, "name");
	if (!name)
		name = library.kmod_module_get_name(file);

	ret = 0;
	if (module->name ? strcmp(name, module->name) : !dh_module_named(name, module)) {
		snprintf(other, 64, "%s", name);
		ret = -EXDEV;
	}
	for (const struct kmod_list *item = list; item && !ret;
	     item = library.kmod_list_next(list, item))
		ret = keep_info(module, library.kmod_module_info_get_key(item),
				library.kmod_module_info_get_value(item));
	library.kmod_module_info_free_list(list);
	if (!ret && !module->is_signed.known)
		module->is_signed = dh_known(0);
	module->parameters_known = !ret;
	return ret;
}

int dh_module_file_read(const struct dh_root *root, const char *path, struct dh_module *module,
			char other[64])
{
	dh_auto(kmod) struct kmod_ctx *context = NULL;
	dh_auto(kmod_module) struct kmod_module *file = NULL;
	dh_auto(fd) int fd = -1;
	struct stat facts;
	int ret;

	/* Opening what is no regular file can have effects of its own. */
	if (stat(path, &facts))
		return -errno;
	if (!S_ISREG(facts.st_mode))
		return -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	/* No index is needed for a path. */
	ret = open_context("/", root->log, &context);
	if (ret)
		return ret;
	ret = library.kmod_module_new_from_path(context, path, &file);
	if (ret < 0)
		return ret == -ENOMEM ? ret : -ENOEXEC;
	ret = read_info(file, module, other);
	return ret ? ret : keep(&module->file, path);
}

/* A module that was put there without a run of depmod. */
static int find_unlisted(const char *folder, const char *name, char **file)
{
	static const char *const below[] = { "updates", "updates/dkms", "extra" };
	static const char *const endings[] = { "ko", "ko.xz", "ko.zst", "ko.gz" };

	for (size_t i = 0; i < ARRAY_SIZE(below) * ARRAY_SIZE(endings); i++) {
		const char *place = below[i / ARRAY_SIZE(endings)];
		const char *ending = endings[i % ARRAY_SIZE(endings)];

		/* By itself, or in a folder of its own, as modules_install puts it. */
		for (int own = 0; own < 2; own++) {
			char *path;

			if (asprintf(&path, "%s/%s/%s%s%s.%s", folder, place, own ? name : "",
				     own ? "/" : "", name, ending) < 0)
				return -ENOMEM;
			if (!access(path, F_OK)) {
				*file = path;
				return 0;
			}
			free(path);
		}
	}
	return 0;
}

static int find_file(const struct dh_root *root, const struct dh_module_kernel *kernel,
		     struct dh_module *module, char **path)
{
	dh_auto(kmod) struct kmod_ctx *context = NULL;
	dh_auto(kmod_module) struct kmod_module *found = NULL;
	int ret = open_context(kernel->folder, root->log, &context);

	if (ret)
		return ret;
	found = look_up(context, module->name);
	if (found && !strcmp(library.kmod_module_get_name(found), module->name)) {
		const char *indexed = library.kmod_module_get_path(found);

		if (indexed) {
			module->listed = true;
			return keep(path, indexed);
		}
		/* What is built in and has neither parameters nor a version is not in sysfs. */
		if (module->state == DH_MODULE_UNKNOWN && loaded_state(found) == DH_MODULE_BUILTIN)
			module->state = DH_MODULE_BUILTIN;
	}
	ret = find_unlisted(kernel->folder, module->name, path);
	if (*path)
		dh_note(root->log, "%s: not in the indexes; depmod puts it there", *path);
	return ret;
}

int dh_module_read(const struct dh_root *root, const struct dh_module_kernel *kernel,
		   struct dh_module *module)
{
	dh_auto(free) char *path = NULL;
	char other[64];
	int ret;

	ret = dh_loaded_read(root, module);
	if (ret)
		return ret;
	if (!dh_library_load(&libkmod, &library, root->log))
		return -EOPNOTSUPP;
	if (kernel->folder_seen)
		ret = find_file(root, kernel, module, &path);
	if (ret)
		return ret;
	if (!path) {
		dh_note(root->log, "module %s: no file in %s", module->name, kernel->folder);
		if (module->state == DH_MODULE_UNKNOWN)
			module->state = DH_MODULE_ABSENT;
		return 0;
	}

	ret = dh_module_file_read(root, path, module, other);
	dh_note(root->log, "%s: %s", path, ret ? strerror(-ret) : "read");
	if (module->state == DH_MODULE_UNKNOWN)
		module->state = DH_MODULE_LOADABLE;
	/* That the file cannot be read, or is damaged, is for the load to find out. */
	if (ret && ret != -ENOMEM)
		ret = keep(&module->file, path);
	return ret;
}

/* The vermagic of that file, where it is of the running kernel. */
static int vermagic_of(const struct dh_root *root, const char *path,
		       struct dh_module_kernel *kernel)
{
	dh_auto(kmod) struct kmod_ctx *context = NULL;
	dh_auto(kmod_module) struct kmod_module *file = NULL;
	size_t length = strlen(kernel->release);
	struct kmod_list *list = NULL;
	struct dh_module taken = { 0 };
	const char *value;
	int ret;

	ret = open_context("/", root->log, &context);
	if (ret || library.kmod_module_new_from_path(context, path, &file) < 0 ||
	    library.kmod_module_get_info(file, &list) < 0)
		return ret;
	value = info_value(list, "vermagic");
	if (value && !strncmp(value, kernel->release, length) && value[length] == ' ') {
		ret = keep_info(&taken, "vermagic", value);
		kernel->vermagic = taken.vermagic;
	}
	library.kmod_module_info_free_list(list);
	return ret;
}

int dh_module_vermagic_read(const struct dh_root *root, struct dh_module_kernel *kernel)
{
	dh_auto(file) FILE *file = NULL;
	dh_auto(free) char *path = NULL, *line = NULL;
	size_t size = 0;
	int ret = 0;

	if (!dh_library_load(&libkmod, &library, root->log))
		return -EOPNOTSUPP;
	if (!kernel->folder_seen)
		return 0;
	if (asprintf(&path, "%s/modules.dep", kernel->folder) < 0)
		return -ENOMEM;
	file = fopen(path, "re");

	/* Those below kernel/ came with it; a few will do, should files be missing. */
	for (int tries = 0; file && !kernel->vermagic && !ret && tries < 4;) {
		dh_auto(free) char *module = NULL;

		if (getline(&line, &size, file) <= 0)
			break;
		if (strncmp(line, "kernel/", strlen("kernel/")))
			continue;
		tries++;
		if (asprintf(&module, "%s/%.*s", kernel->folder, (int)strcspn(line, ":"), line) < 0)
			return -ENOMEM;
		ret = vermagic_of(root, module, kernel);
	}
	dh_note(root->log, "vermagic of the kernel: %s",
		kernel->vermagic ? kernel->vermagic : "unknown");
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

int dh_module_read(const struct dh_root *root, const struct dh_module_kernel *kernel,
		   struct dh_module *module)
{
	int ret = dh_loaded_read(root, module);

	(void)kernel;
	dh_note(root->log, "libkmod: built without");
	return ret ? ret : -EOPNOTSUPP;
}

int dh_module_file_read(const struct dh_root *root, const char *path, struct dh_module *module,
			char other[64])
{
	(void)root, (void)path, (void)module, (void)other;
	return -EOPNOTSUPP;
}

int dh_module_vermagic_read(const struct dh_root *root, struct dh_module_kernel *kernel)
{
	(void)root, (void)kernel;
	return -EOPNOTSUPP;
}

#endif
