/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that the stages of DRM and V4L2 imports share.
 */
#ifndef DH_ACTION_STAGE_H
#define DH_ACTION_STAGE_H

#include "base/root.h"
#include "model/import.h"
#include "model/inventory.h"

/* Results of a function that executes a stage, in addition to 0 and -errno. */
enum {
	DH_RESULT_SKIPPED = 1, /* not applicable */
	DH_RESULT_REFUSED = 2, /* failed without an errno */
};

/*
 * Opens the node of the device with `flags`. Returns a descriptor that the caller owns, or -errno.
 * Sets `*reason` to static text if the usual causes of the errno do not apply.
 */
int dh_stage_open(const struct dh_root *root, const struct dh_device *device, int flags,
		  const char **reason);

/*
 * Sets verdict, error and reason of the row. If the stage failed, a NULL `reason` stands for the
 * usual cause.
 */
void dh_stage_set(struct dh_import_row *row, int result, const char *reason);

#endif
