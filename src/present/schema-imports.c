// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/auto.h"
#include "base/units.h"
#include "model/import.h"
#include "present/schemas.h"

static void get_device(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, ((const struct dh_import_row *)row)->node);
}

static void get_driver(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, ((const struct dh_import_row *)row)->driver);
}

static void get_stage(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, dh_stage_name(((const struct dh_import_row *)row)->stage));
}

static void get_result(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, dh_verdict_name(((const struct dh_import_row *)row)->verdict));
}

static void get_error(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_import_row *import = row;

	(void)context;
	if (import->error)
		dh_cell_format(cell, "%s", dh_errno_name(import->error));
}

static void get_reason(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, ((const struct dh_import_row *)row)->reason);
}

static void get_inode(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_number(cell, DH_CELL_COUNT, ((const struct dh_import_row *)row)->inode);
}

/* clang-format off: a column in two lines */
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
