// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/auto.h"

/* The loader says why in words alone. */
static bool lacks_room(const char *why)
{
	const char *const words[] = { "failed to map segment", "cannot allocate", strerror(ENOMEM),
				      strerror(EMFILE), strerror(ENFILE) };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(why, words[i]))
			return true;
	return false;
}

bool dh_library_load(struct dh_library *wanted, void *functions, const struct dh_log *log)
{
	void *handle;

	if (wanted->tried)
		return !wanted->error;
	wanted->tried = true;
	wanted->error = -ELIBACC;
	handle = dlopen(wanted->file, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		const char *why = dlerror();

		if (lacks_room(why))
			wanted->error = -ENOMEM;
		dh_note(log, "%s", why);
		return false;
	}
	for (size_t i = 0; i < wanted->n; i++) {
		void *address = dlsym(handle, wanted->names[i]);

		if (!address) {
			dh_note(log, "%s: lacks %s()", wanted->file, wanted->names[i]);
			dlclose(handle);
			return false;
		}
		memcpy((char *)functions + i * sizeof(address), &address, sizeof(address));
	}
	wanted->error = 0;
	return true;
}
