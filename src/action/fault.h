/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accesses memory that may fault.
 */
#ifndef DH_ACTION_FAULT_H
#define DH_ACTION_FAULT_H

#include <stddef.h>

/*
 * Calls `work`. Returns 0; -EFAULT if a SIGBUS or SIGSEGV at an address in [memory, memory + size)
 * interrupted it; or another -errno if the handlers cannot be set. An interrupted `work` does not
 * return, so it must not own resources. Faults elsewhere, and signals from other processes, are
 * handled as before. Calls must not overlap: the process has one handler.
 */
int dh_fault_run(const void *memory, size_t size, void (*work)(void *data), void *data);

#endif
