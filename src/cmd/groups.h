/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options that several commands share. The comment of a table names the struct that the table
 * fills.
 */
#ifndef DH_CMD_GROUPS_H
#define DH_CMD_GROUPS_H

#include "frame/options.h"
#include "frame/wait.h"
#include "model/buffer.h"
#include "task/buffers.h"
#include "task/cpu.h"

/* --heap, --size, --heap-flags and --force: struct dh_buffer_request (model/buffer.h). */
extern const struct dh_option dh_request_rows[];

/* --fd-flags and --name, for buffers with a descriptor: struct dh_buffer_request. */
extern const struct dh_option dh_descriptor_rows[];

/* --fd, --pid and --inode: struct dh_existing_buffer (task/buffers.h). */
extern const struct dh_option dh_existing_rows[];

/* --hold: struct dh_wait (frame/wait.h). */
extern const struct dh_option dh_hold_rows[];

/* --fill, --verify and --no-sync: struct dh_fill (task/cpu.h). */
extern const struct dh_option dh_fill_rows[];

/*
 * Checks the options of dh_fill_rows. If --verify has no pattern, copies the pattern of --fill to
 * fill->expected. Returns NULL, or the message of a usage error. Each command with dh_fill_rows
 * must call this function from its check().
 */
const char *dh_fill_check(struct dh_fill *fill);

/*
 * Uses the operands, starting with words->each[next], as HEAP and SIZE, unless options set these.
 * After a usage error, returns the message, which it stores in `out`; otherwise returns NULL.
 */
const char *dh_request_words(const struct dh_words *words, size_t next,
			     struct dh_buffer_request *request, char out[DH_MESSAGE_MAX]);

/*
 * Calls dh_request_words(). Then checks that dh_existing_rows and `request` together select at most
 * one buffer, and that existing->write is set only for a buffer of another process. Returns NULL,
 * or the message of a usage error, which may be stored in `out`. Each command with dh_existing_rows
 * must call this function from its check().
 */
const char *dh_existing_check(const struct dh_existing_buffer *existing,
			      const struct dh_words *words, struct dh_buffer_request *request,
			      char out[DH_MESSAGE_MAX]);

#endif
