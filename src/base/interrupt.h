/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts of long work: SIGINT, SIGTERM or SIGHUP.
 *
 * A loop over many objects calls dh_interrupted() before each of them, and ends early if the result
 * is true. The command then reports the objects that are done.
 */
#ifndef DH_BASE_INTERRUPT_H
#define DH_BASE_INTERRUPT_H

#include <stdbool.h>

/*
 * From now on, the first of these signals sets the flag of dh_interrupted(), and a blocking system
 * call returns EINTR. A second signal with the same number ends the process.
 */
void dh_interrupt_catch(void);

/*
 * Undoes dh_interrupt_catch(): from now on, the first signal ends the process. dh_interrupted()
 * keeps its result.
 */
void dh_interrupt_release(void);

/* Returns true if a signal has arrived since dh_interrupt_catch(). */
bool dh_interrupted(void);

/*
 * Sets the handler of SIGINT, SIGTERM and SIGHUP, with the given flags of sigaction(2). A signal
 * that was ignored when the tool started (nohup) stays ignored.
 */
void dh_interrupt_handle(void (*handler)(int signal), int flags);

#endif
