/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts long operations on SIGINT, SIGTERM or SIGHUP.
 *
 * A loop over many objects calls dh_interrupted() before each object, and ends early if the result
 * is true. The command then reports the objects that it has processed.
 */
#ifndef DH_BASE_INTERRUPT_H
#define DH_BASE_INTERRUPT_H

#include <stdbool.h>

/*
 * After this call, dh_interrupted() returns true once SIGINT, SIGTERM or SIGHUP has arrived. The
 * signal also interrupts a blocking system call, which fails with EINTR. A second signal with the
 * same number ends the process.
 */
void dh_interrupt_catch(void);

/*
 * Undoes dh_interrupt_catch(), so that the next signal ends the process. The result of
 * dh_interrupted() does not change.
 */
void dh_interrupt_release(void);

/* Returns true if SIGINT, SIGTERM or SIGHUP has arrived since dh_interrupt_catch(). */
bool dh_interrupted(void);

/*
 * Installs `handler` for SIGINT, SIGTERM and SIGHUP, with `flags` as in sigaction(2). A signal that
 * was ignored when the tool started, for example by nohup(1), stays ignored.
 */
void dh_interrupt_handle(void (*handler)(int signal), int flags);

#endif
