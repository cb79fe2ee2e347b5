// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/auto.h"
#include "base/units.h"
#include "model/step.h"
#include "present/schemas.h"

static void get_stage(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, dh_step_name(((const struct dh_step *)row)->kind));
}

static void get_result(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_text(cell, dh_verdict_name(((const struct dh_step *)row)->verdict));
}

static void get_error(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_step *step = row;

	(void)context;
	if (step->error)
		dh_cell_format(cell, "%s", dh_errno_name(step->error));
}

static void get_detail(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	if (*((const struct dh_step *)row)->detail)
		dh_cell_text(cell, ((const struct dh_step *)row)->detail);
}

/* clang-format off: a column in two lines */
static const struct dh_column columns[] = {
	{ .name = "STAGE",
	  .key = "stage",
	  .shown = true,
	  .get = get_stage,
	  .help = "step of the driver" },
	{ .name = "RESULT",
	  .key = "result",
	  .shown = true,
	  .get = get_result,
	  .help = "how the step went" },
	{ .name = "ERROR",
	  .key = "error",
	  .shown = true,
	  .get = get_error,
	  .help = "the kernel's word where it refused" },
	{ .name = "DETAIL",
	  .key = "detail",
	  .shown = true,
	  .get = get_detail,
	  .help = "what was learnt, or what the refusal usually means" },
};
/* clang-format on */

const struct dh_schema dh_schema_steps = {
	.key = "steps",
	.columns = columns,
	.n = ARRAY_SIZE(columns),
};
