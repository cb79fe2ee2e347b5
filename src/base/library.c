// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool dh_library_load(struct dh_library *wanted, void *functions, const struct dh_log *log)
{
	void *handle;

	if (wanted->tried)
		return wanted->loaded;
	wanted->tried = true;
	handle = dlopen(wanted->file, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		dh_note(log, "%s", dlerror());
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
	wanted->loaded = true;
	return true;
}
