/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All commands.
 */
#ifndef DH_CMD_COMMANDS_H
#define DH_CMD_COMMANDS_H

#include "frame/command.h"

extern const struct dh_command dh_command_accounting;
extern const struct dh_command dh_command_alloc;
extern const struct dh_command dh_command_export;
extern const struct dh_command dh_command_holders;
extern const struct dh_command dh_command_inspect;
extern const struct dh_command dh_command_kernel;
extern const struct dh_command dh_command_list;
extern const struct dh_command dh_command_map;
extern const struct dh_command dh_command_module;
extern const struct dh_command dh_command_record;

/* All commands in the order of --help, NULL-terminated. */
extern const struct dh_command *const dh_commands[];

#endif
