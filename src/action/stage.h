/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that the stages of DRM and V4L2 imports share.
 */
#ifndef DH_ACTION_STAGE_H
#define DH_ACTION_STAGE_H

#include <stdbool.h>

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
 */
int dh_stage_open(const struct dh_root *root, const struct dh_device *device, int flags);

/*
 * Sets verdict and error of the row to the result of its stage. If the stage failed and did not set
 * row->reason, sets it to the usual cause. Returns false if the stage failed.
 */
bool dh_stage_set(struct dh_import_row *row, int result);

#endif
