// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INITIAL_CAPACITY 8

void *dh_array_grow(void *elements, size_t *n, size_t size)
{
	void **base = elements;
	char *element;

	/*
	 * The capacity is not stored, so grow the array at fixed numbers of elements: 0, and each
	 * power of two from INITIAL_CAPACITY on.
	 */
	if (!*n || (*n >= INITIAL_CAPACITY && !(*n & (*n - 1)))) {
		void *moved = reallocarray(*base, *n ? 2 * *n : INITIAL_CAPACITY, size);

		if (!moved)
			return NULL;
		*base = moved;
	}
	element = (char *)*base + *n * size;
	memset(element, 0, size);
	++*n;
	return element;
}

int dh_memory_check(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		return -ENOMEM;
	/* If nothing uses the pointer, the compiler may remove malloc() and free(). */
	__asm__ volatile("" : : "r"(memory) : "memory");
	free(memory);
	return 0;
}
