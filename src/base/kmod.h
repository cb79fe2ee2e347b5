/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds, loads and unloads kernel modules with libkmod.
 *
 * The dh_kmod functions run libkmod in a child process with a deadline and a memory limit, because
 * libkmod can abort, crash or loop on damaged indexes and files. The tool is not linked with
 * libkmod, whose dependencies (libcrypto, compression libraries) would slow down each start: only
 * the child loads libkmod.
 */
#ifndef DH_BASE_KMOD_H
#define DH_BASE_KMOD_H

#include <limits.h>

#include "base/log.h"
#include "base/maybe.h"

enum dh_module_state {
	DH_MODULE_UNKNOWN,  /* lookup failed, no sysfs, or /lib/modules/VERSION is unreadable */
	DH_MODULE_ABSENT,   /* not loaded and not in the indexes of depmod */
	DH_MODULE_LOADABLE, /* in the indexes, not loaded */
	DH_MODULE_LIVE,	    /* loaded, or being loaded or unloaded */
	DH_MODULE_BUILTIN,
};

struct dh_kmod {
	enum dh_module_state state;
	char file[PATH_MAX];  /* path of the module file according to the indexes, or "" */
	struct dh_maybe refs; /* reference count; each module in `holders` holds one reference */
	char holders[1024];   /* modules that depend on this one, joined by commas, or "" */
};

/*
 * Maximum length of a module name: MODULE_NAME_LEN of <linux/module.h> on 64-bit kernels, without
 * the NUL.
 */
#define DH_MODULE_NAME_MAX 55

/*
 * The functions below return 0 or -errno: -ELIBACC without libkmod, -ENOTRECOVERABLE if the child
 * crashed, and -ETIMEDOUT after the deadline. The deadline is 5 seconds for lookups, and 60 seconds
 * for loading and unloading. These functions pass the messages of libkmod to `log`.
 */

/*
 * Finds a module by name in the kernel and in the indexes of depmod in /lib/modules. Returns
 * -EINVAL for an invalid name. A missing module is not an error: found->state is then
 * DH_MODULE_ABSENT. `found` is zeroed on failure.
 */
int dh_kmod_find(const char *name, const struct dh_log *log, struct dh_kmod *found);

/*
 * Reads the name of the module in `file`. Returns -EINVAL if `file` is not a regular file, and
 * -ENOEXEC if it does not contain a module.
 */
int dh_kmod_file_name(const char *file, const struct dh_log *log,
		      char name[DH_MODULE_NAME_MAX + 1]);

struct dh_kmod_request {
	const char *name;
	const char *file;	/* NULL: the file that the indexes list for `name` */
	const char *parameters; /* "NAME=VALUE" pairs, separated by blanks; "" for none */
};

/*
 * Loads the module in `file` as insmod(8) does. If `file` is NULL, loads the module `name` as
 * modprobe(8) does: after its dependencies, and with the options of modprobe.d(5) before
 * `parameters`. The kernel checks the version of the module: this function does not force loading.
 *
 * Returns -EEXIST if the module is already loaded. If `file` is NULL, returns -ENOENT if there is
 * no module `name`, and -ECANCELED if modprobe.d(5) has an install command for the module or a
 * dependency. This function never runs install commands.
 */
int dh_kmod_load(const struct dh_kmod_request *request, const struct dh_log *log);

/*
 * Unloads a module, but not its dependencies. Returns -EINVAL for an invalid name, and -ENOENT if
 * the module is not loaded.
 */
int dh_kmod_unload(const char *name, const struct dh_log *log);

#endif
