/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DH_BASE_MEMORY_H
#define DH_BASE_MEMORY_H

#include <stddef.h>

/*
 * Is there memory for that many bytes? 0 or -ENOMEM. For libraries that crash, or lose data,
 * without memory: call this with the most that they need before they run.
 */
int dh_memory_check(size_t size);

#endif
