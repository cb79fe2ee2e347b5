/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays that grow by one element at a time.
 *
 * An array is a pointer to its elements and the number of them. It starts as NULL and 0, only
 * dh_array_add() allocates it, and free() releases it. The number may be made smaller.
 */
#ifndef DH_BASE_ARRAY_H
#define DH_BASE_ARRAY_H

#include <stddef.h>

/*
 * Adds an element, zeroed: `&elements, &n`. Returns a pointer to it, or NULL without memory, and
 * then the array is as before. Adding moves the array: keep no pointer to an element across it.
 */
#define dh_array_add(elements, n) \
	((__typeof__(*(elements)))dh_array_grow((elements), (n), sizeof(**(elements))))

/* What dh_array_add() calls with the size of an element. */
void *dh_array_grow(void *elements, size_t *n, size_t size);

#endif
