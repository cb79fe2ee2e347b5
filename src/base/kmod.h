/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules, through libkmod.
 *
 * Each function runs libkmod in a child process with a deadline and a memory limit, because
 * libkmod aborts, crashes or loops on damaged indexes and files. Only the child loads the
 * library, whose dependencies (libcrypto, compressors) would slow down other commands.
 */
#ifndef DH_BASE_KMOD_H
#define DH_BASE_KMOD_H

#include <limits.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/maybe.h"

enum dh_module_state {
	DH_MODULE_UNKNOWN,  /* sysfs is not mounted, or /lib/modules/VERSION is not readable */
	DH_MODULE_ABSENT,   /* not loaded and not in the indexes of depmod */
	DH_MODULE_LOADABLE, /* in the indexes, not loaded */
	DH_MODULE_LIVE,	    /* loaded */
	DH_MODULE_BUILTIN,
};

struct dh_kmod {
	enum dh_module_state state;
	char file[PATH_MAX];  /* path in the indexes, or "" */
	struct dh_maybe refs; /* reference count, which includes the holders */
	char holders[1024];   /* names of dependent modules, joined by commas, or "" */
};

/* MODULE_NAME_LEN of <linux/module.h> on 64-bit kernels, without the NUL. */
#define DH_MODULE_NAME_MAX 55

/*
 * Returns true if a kernel module can have that name. libkmod copies names into a buffer of
 * PATH_MAX bytes without a check, so it must not see other names.
 */
bool dh_module_name_valid(const char *name);

/*
 * The functions below return 0 or -errno: -EINVAL for an invalid name, -ELIBACC without libkmod,
 * -ETIMEDOUT at the deadline, and -ENOTRECOVERABLE if libkmod crashed or ran out of memory.
 */

/* Finds a module by name in the kernel and in the depmod indexes of /lib/modules. */
int dh_kmod_find(const char *name, const struct dh_log *log, struct dh_kmod *found);

/*
 * Reads the module name from a file. Returns -EINVAL if `file` is not a regular file, and
 * -ENOEXEC if it is not a module.
 */
int dh_kmod_file_name(const char *file, const struct dh_log *log,
		      char name[DH_MODULE_NAME_MAX + 1]);

struct dh_kmod_request {
	const char *name;
	const char *file;	/* NULL: the file in the indexes */
	const char *parameters; /* in the kernel's syntax, separated by blanks; "" for none */
};

/*
 * Loads a module: with `file` as insmod(8), without `file` as modprobe(8). In the second case, it
 * loads the dependencies first, and modprobe's configured options precede `parameters`.
 * Returns -ECANCELED if modprobe's configuration has an install command for the module, because
 * it does not run such commands. Returns -EEXIST if the module is already loaded. It never
 * forces a module into a kernel of another version.
 */
int dh_kmod_load(const struct dh_kmod_request *request, const struct dh_log *log);

/* Returns -ENOENT if the module is not loaded. */
int dh_kmod_unload(const char *name, const struct dh_log *log);

#endif
