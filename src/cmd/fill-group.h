/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of what to write into a buffer, and look for in it.
 */
#ifndef DH_CMD_FILL_GROUP_H
#define DH_CMD_FILL_GROUP_H

#include "frame/options.h"
#include "task/cpu.h"

/* They fill a struct dh_fill. */
extern const struct dh_option dh_fill_rows[];

/*
 * For the check of a command with these: a usage error or NULL. Without a pattern of its own,
 * --verify looks for that of --fill.
 */
const char *dh_fill_check(struct dh_fill *fill);

#endif
