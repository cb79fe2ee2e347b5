/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growable arrays, and a check for available memory.
 *
 * An array consists of a pointer to its elements and their number, initially NULL and 0. Only
 * dh_array_add() may allocate the elements. The owner may decrease the number to remove the last
 * elements, and frees the array with free().
 */
#ifndef DH_BASE_MEMORY_H
#define DH_BASE_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

/*
 * Appends a zeroed element: dh_array_add(&elements, &n). Returns a pointer to the element. If out
 * of memory, returns NULL and leaves the array unchanged. The call may move the array, which
 * invalidates pointers to its elements.
 */
#define dh_array_add(elements, n) \
	((__typeof__(*(elements)))dh_array_grow((elements), (n), sizeof(**(elements))))

/* Implements dh_array_add(). `size` is the size of an element in bytes. */
void *dh_array_grow(void *elements, size_t *n, size_t size);

/* Sorts an array with qsort(), whose first argument must not be NULL, even if `n` is 0. */
#define dh_array_sort(elements, n, compare) \
	((n) ? qsort((elements), (n), sizeof(*(elements)), (compare)) : (void)0)

/*
 * Returns 0 if `size` bytes can be allocated now, else -ENOMEM. Call this function before a library
 * function that crashes or loses data when an allocation fails. `size` is the peak memory use of
 * the library function.
 */
int dh_memory_check(size_t size);

#endif
