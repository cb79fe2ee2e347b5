/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the module dmaheap_debug. Functions that return a status print the error, if any.
 */
#ifndef DH_TASK_DEBUG_H
#define DH_TASK_DEBUG_H

#include "frame/message.h"
#include "frame/options.h"

/*
 * Prints an error message for `error`, the -errno from an access to the debugfs files of
 * dmaheap_debug. Returns the status for the error.
 */
enum dh_status dh_debug_failed(const struct dh_env *env, int error);

/*
 * Resets the accounts of the heaps in `heaps`, or of all heaps if it is empty. Prints a remark for
 * a heap without an account.
 */
enum dh_status dh_debug_reset_heaps(const struct dh_env *env, const struct dh_words *heaps);

#endif
