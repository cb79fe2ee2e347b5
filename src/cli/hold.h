/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting with something held.
 */
#ifndef DH_CLI_HOLD_H
#define DH_CLI_HOLD_H

#include "cli/options.h"

/*
 * Blocks SIGINT, SIGTERM and SIGHUP from here on, so that one that comes while
 * buffers are being made ends the wait and not the process. Call before there is anything
 * to hold. Returns 0 or an exit status, having said why.
 */
int dh_hold_prepare(void);

/*
 * Waits for the duration, one of those signals, end of input where stdin is a pipe or
 * a socket, or, with `key`, a key where stdin is a terminal. Does nothing where holding
 * was not asked for. Returns 0 or an exit status, having said why.
 */
int dh_hold(const struct dh_hold_options *options, bool key);

#endif
