// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/auto.h"
#include "model/step.h"
#include "present/schemas.h"

#define GET(name, statement) DH_GETTER(struct dh_step, get_##name, statement)

GET(stage, dh_cell_text(cell, dh_step_name(of->kind)))
GET(result, dh_cell_text(cell, dh_verdict_name(of->verdict)))
GET(error, dh_cell_errno(cell, of->error))
GET(detail, dh_cell_nonempty(cell, of->detail))

/* clang-format off */
static const struct dh_column columns[] = {
	{ .name = "STAGE", .key = "stage", .shown = true, .get = get_stage,
	  .help = "step of the driver" },
	{ .name = "RESULT", .key = "result", .shown = true, .get = get_result,
	  .help = "how the step went" },
	{ .name = "ERROR", .key = "error", .shown = true, .get = get_error,
	  .help = "the kernel's word where it refused" },
	{ .name = "DETAIL", .key = "detail", .shown = true, .get = get_detail,
	  .help = "what was learnt, or what the refusal usually means" },
};
/* clang-format on */

const struct dh_schema dh_schema_steps = {
	.key = "steps",
	.columns = columns,
	.n = ARRAY_SIZE(columns),
};
