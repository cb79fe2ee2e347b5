/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tool can say about itself, for completions and for the test that
 * compares it with the manual: one item a line, fields apart by a tab.
 */
#ifndef DH_FRAME_INTROSPECT_H
#define DH_FRAME_INTROSPECT_H

#include "frame/command.h"

/* NAME, HELP. `commands` is ended by NULL. */
void dh_print_commands(const struct dh_command *const *commands);

/* --LONG, -S or empty, ARG, [ARG] or empty, HELP. Tables and those options that all have. */
void dh_print_options(const struct dh_option_table *tables, size_t n);

void dh_print_columns(const struct dh_command *command); /* NAME, HELP */

#endif
