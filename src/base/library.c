// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/library.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#ifdef HAVE_DLOPEN

#include <dlfcn.h>

#include "base/auto.h"

/* Returns true if `error_text`, from dlerror(), reports a lack of memory or descriptors. */
static bool is_shortage(const char *error_text)
{
	const char *const shortages[] = { "failed to map segment", "cannot allocate",
					  strerror(ENOMEM), strerror(EMFILE), strerror(ENFILE) };

	for (size_t i = 0; i < ARRAY_SIZE(shortages); i++)
		if (strstr(error_text, shortages[i]))
			return true;
	return false;
}

int dh_library_load(const char *name, const char *const *names, size_t n, void *functions,
		    const struct dh_log *log)
{
	void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (!handle) {
		const char *error_text = dlerror();

		dh_note(log, "%s", error_text);
		return is_shortage(error_text) ? -ENOMEM : -ELIBACC;
	}
	for (size_t i = 0; i < n; i++) {
		void *address = dlsym(handle, names[i]);

		if (!address) {
			dh_note(log, "%s: missing function %s()", name, names[i]);
			return -ELIBACC;
		}
		memcpy((char *)functions + i * sizeof(address), &address, sizeof(address));
	}
	return 0;
}

#else

int dh_library_load(const char *name, const char *const *names, size_t n, void *functions,
		    const struct dh_log *log)
{
	(void)names, (void)n, (void)functions;
	dh_note(log, "%s: not loaded: this build does not support dlopen()", name);
	return -ELIBACC;
}

#endif
