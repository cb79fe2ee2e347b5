/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that are loaded when they are first wanted: they bring others along, which
 * cost more than all that most commands do.
 *
 *	#define FUNCTIONS(x) x(kmod_new) x(kmod_unref)
 *	static struct { FUNCTIONS(DH_LIBRARY_MEMBER) } functions;
 *	static const char *const names[] = { FUNCTIONS(DH_LIBRARY_NAME) };
 *	static struct dh_library libkmod = { .file = "libkmod.so.2",
 *					     .names = names, .n = ARRAY_SIZE(names) };
 */
#ifndef DH_BASE_LIBRARY_H
#define DH_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

#define DH_LIBRARY_MEMBER(name) __typeof__(&name) name;
#define DH_LIBRARY_NAME(name)	#name,

struct dh_library {
	const char *file; /* as the loader looks for it */
	const char *const *names;
	size_t n;
	bool tried;
	/*
	 * After dh_library_load(): 0; -ELIBACC where the library, or one of its functions, is
	 * missing; -ENOMEM where memory or descriptors did not suffice, so that it may be there.
	 */
	int error;
};

/*
 * Once for each library, which then stays. `functions` takes a pointer for each of the names,
 * in their order. False where it is not loaded: `wanted->error` and the log have the reason.
 */
bool dh_library_load(struct dh_library *wanted, void *functions, const struct dh_log *log);

#endif
