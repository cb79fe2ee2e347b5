// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/import.h"
#include "model/step.h"
#include "present/schemas.h"

static void set_verdict(struct dh_cell *cell, enum dh_stage_verdict verdict)
{
	dh_cell_text(cell, dh_verdict_name(verdict));
	cell->alert = verdict == DH_FAILED || verdict == DH_UNSUPPORTED;
}

#define IMPORT(name, statement)	   DH_GETTER(struct dh_import_row, import_##name, statement)
#define IMPORT_VALUE(member, kind) DH_VALUE(struct dh_import_row, member, kind)

IMPORT(stage, dh_cell_text(cell, dh_stage_name(of->stage)))
IMPORT(result, set_verdict(cell, of->verdict))
IMPORT(error, dh_cell_errno(cell, of->error))
IMPORT(inode, dh_cell_number(cell, DH_CELL_COUNT, of->inode))

/* clang-format off */
static const struct dh_column import_columns[] = {
	{ "DEVICE", "device", DH_SHOWN, IMPORT_VALUE(node, TEXT),
	  .help = "DRM, accelerator or V4L2 node" },
	{ "DRIVER", "driver", DH_SHOWN, IMPORT_VALUE(driver, TEXT),
	  .help = "kernel driver of the device" },
	{ "STAGE", "stage", DH_SHOWN, import_stage, .help = "stage of the import" },
	{ "RESULT", "result", DH_SHOWN, import_result, .help = "result of the stage" },
	{ "ERROR", "error", DH_SHOWN, import_error, .help = "error of the failed stage" },
	{ "REASON", "reason", DH_SHOWN | DH_WRAP, IMPORT_VALUE(reason, TEXT),
	  .help = "usual cause of the failure, or a remark" },
	{ "INODE", "inode", DH_RIGHT, import_inode, .help = "inode number of the buffer" },
	{ "HEAP", "heap", 0, IMPORT_VALUE(heap, TEXT), .help = "heap of the buffer" },
	{ "ROLE", "role", 0, IMPORT_VALUE(role, TEXT),
	  .help = "primary, render, accel, or the V4L2 queue: capture or output" },
	{ "NEEDED", "needed", DH_RIGHT,
	  DH_VALUE(struct dh_import_row, needed, BYTES),
	  .help = "size of the picture, or of a frame of the V4L2 queue" },
	{ "ID", "id", 0, IMPORT_VALUE(id, TEXT),
	  .help = "device, driver and role; does not depend on the order in which drivers probe" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_imports, "imports", import_columns);

#define STEP(name, statement) DH_GETTER(struct dh_step, step_##name, statement)

STEP(stage, dh_cell_text(cell, dh_step_name(of->kind)))
STEP(result, set_verdict(cell, of->verdict))
STEP(error, dh_cell_errno(cell, of->error))
STEP(detail, dh_cell_nonempty(cell, of->detail))

/* clang-format off */
static const struct dh_column step_columns[] = {
	{ "STAGE", "stage", DH_SHOWN, step_stage, .help = "step of the in-kernel client" },
	{ "RESULT", "result", DH_SHOWN, step_result, .help = "result of the step" },
	{ "ERROR", "error", DH_SHOWN, step_error, .help = "error that the kernel returned" },
	{ "DETAIL", "detail", DH_SHOWN | DH_WRAP, step_detail,
	  .help = "details of the step, or usual cause of its error" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_steps, "steps", step_columns);
