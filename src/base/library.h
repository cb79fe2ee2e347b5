/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads shared libraries when a command needs them. */
#ifndef DH_BASE_LIBRARY_H
#define DH_BASE_LIBRARY_H

#include <stddef.h>

#include "base/log.h"

/*
 * Loads the shared library `name`, such as "libkmod.so.2", and never unloads it. Looks up the `n`
 * functions that `names` lists, and stores their addresses in `functions`, an array of `n`
 * pointers. Logs the reason for a failure to `log`, which may be NULL.
 *
 * Returns 0, or -ENOMEM if out of memory or descriptors. Returns -ELIBACC if the library cannot be
 * loaded for another reason, if it lacks a function, or if the build does not support dlopen(3).
 */
int dh_library_load(const char *name, const char *const *names, size_t n, void *functions,
		    const struct dh_log *log);

#endif
