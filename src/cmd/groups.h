/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options that several commands share. Each table fills the struct that is named with it.
 */
#ifndef DH_CMD_GROUPS_H
#define DH_CMD_GROUPS_H

#include "frame/options.h"

/* What to allocate, also within the kernel: a struct dh_buffer_request (model/buffer.h). */
extern const struct dh_option dh_request_rows[];

/* What else user space can choose of a new buffer: the same struct. */
extern const struct dh_option dh_descriptor_rows[];

/* A buffer that is there already: a struct dh_inherited_fd (frame/options.h). */
extern const struct dh_option dh_fd_rows[];

/* How long to keep buffers: a struct dh_wait (frame/wait.h). */
extern const struct dh_option dh_hold_rows[];

#endif
