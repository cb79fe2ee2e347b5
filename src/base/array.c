// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

/* The first elements are allocated together, since most arrays have a few. */
#define LEAST 8

void *dh_array_grow(void *elements, size_t *n, size_t size)
{
	void **base = elements;
	char *added;

	/* The capacity follows from the number: LEAST, or the next power of two. */
	if (!*n || (*n >= LEAST && !(*n & (*n - 1)))) {
		void *moved = reallocarray(*base, *n ? 2 * *n : LEAST, size);

		if (!moved)
			return NULL;
		*base = moved;
	}
	added = (char *)*base + *n * size;
	memset(added, 0, size);
	++*n;
	return added;
}
