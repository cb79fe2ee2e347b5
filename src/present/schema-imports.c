// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/auto.h"
#include "model/import.h"
#include "present/schemas.h"

#define GET(name, statement) DH_GETTER(struct dh_import_row, get_##name, statement)

GET(device, dh_cell_text(cell, of->node))
GET(driver, dh_cell_text(cell, of->driver))
GET(stage, dh_cell_text(cell, dh_stage_name(of->stage)))
GET(result, dh_cell_text(cell, dh_verdict_name(of->verdict)))
GET(error, dh_cell_errno(cell, of->error))
GET(reason, dh_cell_text(cell, of->reason))
GET(inode, dh_cell_number(cell, DH_CELL_COUNT, of->inode))

/* clang-format off */
static const struct dh_column columns[] = {
	{ .name = "DEVICE", .key = "device", .shown = true, .get = get_device,
	  .help = "DRM node" },
	{ .name = "DRIVER", .key = "driver", .shown = true, .get = get_driver,
	  .help = "kernel driver of the device" },
	{ .name = "STAGE", .key = "stage", .shown = true, .get = get_stage,
	  .help = "step of the import" },
	{ .name = "RESULT", .key = "result", .shown = true, .get = get_result,
	  .help = "how the step went" },
	{ .name = "ERROR", .key = "error", .shown = true, .get = get_error,
	  .help = "the kernel's word where it refused" },
	{ .name = "REASON", .key = "reason", .shown = true, .get = get_reason,
	  .help = "what that usually means at this step" },
	{ .name = "INODE", .key = "inode", .right = true, .get = get_inode,
	  .help = "the buffer, as in the list of buffers" },
};
/* clang-format on */

const struct dh_schema dh_schema_imports = {
	.key = "imports",
	.columns = columns,
	.n = ARRAY_SIZE(columns),
};
