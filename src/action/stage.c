// SPDX-License-Identifier: GPL-2.0-or-later
#include "action/stage.h"

#include <errno.h>
#include <string.h>

int dh_stage_open(const struct dh_root *root, const struct dh_device *device, int flags,
		  const char **reason)
{
	if (!root->live) {
		*reason = "the devices of a recorded system cannot be opened";
		return -ENODEV;
	}
	if (strncmp(device->node, "/dev/", 5) != 0)
		return -ENOENT;
	return dh_device_open(root->dev, device->node + 5, device->dev, flags);
}

void dh_stage_set(struct dh_import_row *row, int result, const char *reason)
{
	if (result == DH_RESULT_SKIPPED) {
		row->verdict = DH_NOT_APPLICABLE;
		row->reason = reason;
	} else if (result == 0) {
		row->verdict = DH_OK;
	} else {
		row->verdict = DH_FAILED;
		row->error = result < 0 ? -result : 0;
		row->reason = reason ? reason : dh_import_reason(row->stage, row->error);
	}
}
