/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules through libkmod. Each function works in a child with a deadline and a limit
 * of memory: on damaged indexes or files, libkmod aborts, crashes or loops. The child also
 * loads the library, which brings libcrypto and the compressors along.
 */
#ifndef DH_BASE_KMOD_H
#define DH_BASE_KMOD_H

#include <limits.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/maybe.h"

enum dh_module_state {
	DH_MODULE_UNKNOWN,  /* sysfs is not mounted, or the folder of modules cannot be read */
	DH_MODULE_ABSENT,   /* neither loaded nor in the indexes of depmod */
	DH_MODULE_LOADABLE, /* the indexes name a file, and it is not loaded */
	DH_MODULE_LIVE,	    /* loaded */
	DH_MODULE_BUILTIN,
};

struct dh_kmod {
	enum dh_module_state state;
	char file[PATH_MAX];  /* that the indexes name, "" for none */
	struct dh_maybe refs; /* number of users, holders included */
	char holders[1024];   /* names of modules joined by commas, "" for none */
};

/* MODULE_NAME_LEN of <linux/module.h> on 64 bits, without the NUL. */
#define DH_MODULE_NAME_MAX 55

/*
 * Can the kernel have a module of that name? libkmod copies a name into a buffer of PATH_MAX
 * without a check, so no other may reach it.
 */
bool dh_module_name_valid(const char *name);

/*
 * All of the functions below return 0 or -errno; -EINVAL for a name that is not valid;
 * -ELIBACC without libkmod; -ETIMEDOUT at the deadline; -ENOTRECOVERABLE where libkmod
 * crashed or ran out of memory.
 */

/* What the kernel and the indexes of depmod in /lib/modules have for the name. */
int dh_kmod_find(const char *name, const struct dh_log *log, struct dh_kmod *found);

/*
 * The name of the module in a file. -EINVAL where `file` is not a regular file; -ENOEXEC
 * where it is not a module.
 */
int dh_kmod_file_name(const char *file, const struct dh_log *log,
		      char name[DH_MODULE_NAME_MAX + 1]);

struct dh_kmod_request {
	const char *name;
	const char *file;	/* NULL: as the indexes have it */
	const char *parameters; /* as the kernel takes them, apart by blanks; "" for none */
};

/*
 * Loads a module as modprobe(8) does: modules that it depends on come before it, and the
 * options of modprobe's configuration before `parameters`. With `file`, as insmod(8) does,
 * without either. Nothing is forced. Commands of the configuration are not run: -ECANCELED
 * where it has one for the module. -EEXIST where it is loaded already.
 */
int dh_kmod_load(const struct dh_kmod_request *request, const struct dh_log *log);

/* -ENOENT where it is not loaded. */
int dh_kmod_unload(const char *name, const struct dh_log *log);

#endif
