/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting with something held.
 */
#ifndef DH_CLI_HOLD_H
#define DH_CLI_HOLD_H

#include "cli/options.h"

/*
 * Waits for the duration; SIGINT, SIGTERM or SIGHUP; the end of input where stdin is a pipe or
 * a socket; or, with `key`, a key or SIGQUIT where stdin is a terminal. Signals are blocked
 * for the wait alone, and one that was ignored when the tool started stays ignored. Does
 * nothing where holding was not asked for. Returns 0 or an exit status, having said why.
 */
int dh_hold(const struct dh_hold_options *options, bool key);

#endif
