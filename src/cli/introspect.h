/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tool can say about itself, for completions and for the test that
 * compares it with the manual: one item a line, fields apart by a tab.
 */
#ifndef DH_CLI_INTROSPECT_H
#define DH_CLI_INTROSPECT_H

#include <argp.h>

#include "cli/command.h"

/*
 * Calls `visit` for each option of the tree below `argp`, headings and hidden ones left
 * out, aliases with what they stand for, until it returns non-zero, and returns that.
 */
int dh_options_each(const struct argp *argp,
		    int (*visit)(void *data, const struct argp_option *option), void *data);

void dh_print_commands(void);			/* NAME, HELP */
void dh_print_options(const struct argp *argp); /* --LONG, -S or empty, ARG, [ARG] or empty, HELP */
void dh_print_columns(const struct dh_command *command); /* NAME, HELP */

#endif
