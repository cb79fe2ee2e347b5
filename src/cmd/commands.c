// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/commands.h"

const struct dh_command *const dh_commands[] = {
	&dh_command_list,	&dh_command_alloc,
	&dh_command_map,	&dh_command_export,
	&dh_command_inspect,	&dh_command_holders,
	&dh_command_accounting, &dh_command_kernel,
	&dh_command_module,	&dh_command_record,
	NULL,
};
