// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>

int dh_memory_check(size_t size)
{
	void *room = malloc(size);

	if (!room)
		return -ENOMEM;
	/* A compiler may remove an allocation that nothing uses. */
	__asm__ volatile("" : : "r"(room) : "memory");
	free(room);
	return 0;
}
