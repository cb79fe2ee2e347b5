// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "accessors.h"

/**
 * accessors_get() - look up the accessors that are still missing
 * @accessors: accessors found so far; this function adds those that it finds
 *
 * Call this before each use: a module loaded since the last call may export more
 * accessors. Until accessors_put(), each accessor pins the module that exports it.
 */
void accessors_get(struct accessors *accessors)
{
	if (!accessors->find) {
		accessors->find_name = ACCESSOR_FIND;
		accessors->find = __symbol_get(ACCESSOR_FIND);
	}
	if (!accessors->find) {
		accessors->find_name = ACCESSOR_FIND_ANDROID;
		accessors->find = __symbol_get(ACCESSOR_FIND_ANDROID);
	}
	if (!accessors->put)
		accessors->put = __symbol_get(ACCESSOR_PUT);
	if (!accessors->alloc)
		accessors->alloc = __symbol_get(ACCESSOR_ALLOC);
}

void accessors_put(struct accessors *accessors)
{
	if (accessors->find)
		__symbol_put(accessors->find_name);
	if (accessors->put)
		__symbol_put(ACCESSOR_PUT);
	if (accessors->alloc)
		__symbol_put(ACCESSOR_ALLOC);
	*accessors = (struct accessors) { };
}
