/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a file under a temporary name in the directory of the target, and renames the file when it
 * is complete, so a failure leaves the previous file unchanged. Devices and pipes are written
 * directly.
 */
#ifndef DH_FRAME_SAVING_H
#define DH_FRAME_SAVING_H

#include <stdio.h>

#include "frame/message.h"

/* Zeroed memory is valid: no file is written. */
struct dh_saving {
	char *path;	 /* path of the target; symlinks to a regular file are resolved */
	char *temporary; /* path of the temporary file; NULL: nothing to rename */
	FILE *file;	 /* the caller writes to it; NULL: nothing to write */
};

/*
 * dh_saving_begin() opens the file; it does nothing if `path` is NULL. dh_saving_end() closes the
 * file, and renames it unless writing or closing failed. `written` is the result of the caller's
 * writes: 0 or -errno. Both functions return a status and print the error, if any. The caller must
 * call dh_saving_release(), even after an error.
 */
enum dh_status dh_saving_begin(const char *path, struct dh_saving *saving);
enum dh_status dh_saving_end(struct dh_saving *saving, int written);

/* Closes the file, removes the temporary file if it was not renamed, and frees the paths. */
void dh_saving_release(struct dh_saving *saving);

static inline void dh_auto_saving(struct dh_saving *saving)
{
	dh_saving_release(saving);
}

#endif
