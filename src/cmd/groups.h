/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options that several commands share. A comment names the struct that a table fills.
 */
#ifndef DH_CMD_GROUPS_H
#define DH_CMD_GROUPS_H

#include "frame/options.h"
#include "task/cpu.h"

/* --heap, --size and others: struct dh_buffer_request (model/buffer.h). */
extern const struct dh_option dh_request_rows[];

/* --fd-flags and --name, which exist only in user space: struct dh_buffer_request. */
extern const struct dh_option dh_descriptor_rows[];

/* --fd: struct dh_inherited_fd (frame/options.h). */
extern const struct dh_option dh_fd_rows[];

/* --hold: struct dh_wait (frame/wait.h). */
extern const struct dh_option dh_hold_rows[];

/* --fill, --verify and --no-sync: struct dh_fill (task/cpu.h). */
extern const struct dh_option dh_fill_rows[];

/*
 * Call this in the check of a command with dh_fill_rows. Copies the pattern of --fill to --verify
 * if that has none. Returns NULL or the message of a usage error.
 */
const char *dh_fill_check(struct dh_fill *fill);

#endif
