/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Touching memory that may turn out not to be there.
 */
#ifndef DH_ACTION_FAULT_H
#define DH_ACTION_FAULT_H

#include <stddef.h>

/*
 * Calls `work`. 0; -EFAULT where it was broken off by a SIGBUS or SIGSEGV at an address
 * in [memory, memory + size). `work` must own nothing that would be lost then. Faults
 * elsewhere, and these signals sent by a process, take their former action. One at a
 * time in the whole process. -errno where the handlers cannot be set.
 */
int dh_fault_run(const void *memory, size_t size, void (*work)(void *data), void *data);

#endif
