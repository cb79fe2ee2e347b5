/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a function, and catches SIGBUS and SIGSEGV for accesses to one memory area.
 */
#ifndef DH_ACTION_FAULT_H
#define DH_ACTION_FAULT_H

#include <stddef.h>

/*
 * Calls work(data). Returns 0; -EFAULT if a SIGBUS or SIGSEGV at an address in [memory, memory +
 * size) interrupted `work`; or another -errno if the handlers cannot be installed. An interrupted
 * `work` does not return, so it must not own resources.
 *
 * The previous signal actions handle faults at other addresses, and signals that processes send.
 * Calls must not overlap, because all calls share the state of the handlers.
 */
int dh_fault_run(const void *memory, size_t size, void (*work)(void *data), void *data);

#endif
