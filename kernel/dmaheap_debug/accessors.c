// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "accessors.h"

/* Adds those that are exported by now: a module may bring them. */
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

void accessors_let_go(struct accessors *accessors)
{
	if (accessors->find)
		__symbol_put(accessors->find_name);
	if (accessors->put)
		__symbol_put(ACCESSOR_PUT);
	if (accessors->alloc)
		__symbol_put(ACCESSOR_ALLOC);
	*accessors = (struct accessors) { };
}
