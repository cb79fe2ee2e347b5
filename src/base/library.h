/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads shared libraries when a command needs them. */
#ifndef DH_BASE_LIBRARY_H
#define DH_BASE_LIBRARY_H

#include <stddef.h>

#include "base/log.h"

/*
 * Loads the shared library `name`, such as "libkmod.so.2", which stays loaded. Stores the addresses
 * of its `n` functions `names` in `functions`, an array of `n` pointers. Returns 0; -ENOMEM if
 * memory or descriptors are short; or -ELIBACC if the library cannot be loaded for another reason
 * or lacks a function, or if the build does not support dlopen(3). Notes the reason of a failure in
 * `log`, which may be NULL.
 */
int dh_library_load(const char *name, const char *const *names, size_t n, void *functions,
		    const struct dh_log *log);

#endif
