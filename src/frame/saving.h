/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is written beside its place and renamed at the end, so that a failure leaves the
 * former one as it was. A device or a pipe is written directly.
 */
#ifndef DH_FRAME_SAVING_H
#define DH_FRAME_SAVING_H

#include <stdio.h>

#include "frame/message.h"

/* Zeroed memory is nowhere. */
struct dh_saving {
	char *path;   /* the file's own, symlinks followed */
	char *beside; /* NULL: there is nothing to rename */
	FILE *file;   /* to write to; NULL: nothing is to be saved */
};

/*
 * Opens the file, and puts it in its place; `written` is what writing to it came to, 0 or
 * -errno. Both return a status, having said why. `path` NULL: nothing is done.
 */
enum dh_status dh_saving_begin(const char *path, struct dh_saving *saving);
enum dh_status dh_saving_end(struct dh_saving *saving, int written);

/* Removes what was not saved. */
void dh_saving_release(struct dh_saving *saving);

static inline void dh_auto_saving(struct dh_saving *saving)
{
	dh_saving_release(saving);
}

#endif
