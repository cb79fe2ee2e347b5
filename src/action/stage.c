// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/stage.h"

#include <string.h>

int dh_stage_open(const struct dh_root *root, const struct dh_device *device, int flags)
{
	/* The node begins with "/dev/", but dh_device_open() expects a path relative to /dev. */
	return dh_device_open(root->dev, device->node + strlen("/dev/"), device->dev, flags);
}

bool dh_stage_set(struct dh_import_row *row, int result)
{
	if (result == DH_RESULT_SKIPPED) {
		row->verdict = DH_NOT_APPLICABLE;
	} else if (result == 0) {
		row->verdict = DH_OK;
	} else {
		row->verdict = DH_FAILED;
		row->error = result < 0 ? -result : 0;
		if (!row->reason)
			row->reason = dh_import_reason(row->stage, row->error);
	}
	return row->verdict != DH_FAILED;
}
