/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a file under a temporary name in the same directory and renames it at the end: a failure
 * leaves the previous file unchanged. Devices and pipes are written directly.
 */
#ifndef DH_FRAME_SAVING_H
#define DH_FRAME_SAVING_H

#include <stdio.h>

#include "frame/message.h"

/* Zeroed memory is valid: no file is written. */
struct dh_saving {
	char *path;	 /* target path, with symlinks resolved */
	char *temporary; /* NULL: nothing to rename */
	FILE *file;	 /* the caller writes to it; NULL: nothing to write */
};

/*
 * dh_saving_begin() opens the file; it does nothing if `path` is NULL. dh_saving_end() closes and
 * renames it; `written` is the result of the caller's writes, 0 or -errno. Both return a status
 * and print the error, if any.
 */
enum dh_status dh_saving_begin(const char *path, struct dh_saving *saving);
enum dh_status dh_saving_end(struct dh_saving *saving, int written);

/* Removes the temporary file unless dh_saving_end() renamed it. */
void dh_saving_release(struct dh_saving *saving);

static inline void dh_auto_saving(struct dh_saving *saving)
{
	dh_saving_release(saving);
}

#endif
