// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * callsites: places in kernel code that find heaps and put them; misses: names that they
 * looked for in vain.
 */
#include "present/schemas.h"

#include "base/auto.h"
#include "model/snapshot.h"

#define OTHER			  "(other)"

#define CALLSITE(name, statement) DH_GETTER(struct dh_callsite, get_##name, statement)
#define MISS(name, statement)	  DH_GETTER(struct dh_miss, get_##name, statement)

CALLSITE(heap, dh_cell_text(cell, of->heap))
CALLSITE(module, dh_cell_text(cell, of->module))
CALLSITE(symbol, dh_cell_text(cell, of->symbol ? of->symbol : OTHER))
CALLSITE(finds, dh_cell_maybe(cell, DH_CELL_COUNT, of->finds))
CALLSITE(puts, dh_cell_maybe(cell, DH_CELL_COUNT, of->puts))
CALLSITE(kallocs, dh_cell_maybe(cell, DH_CELL_COUNT, of->kallocs))
MISS(name, dh_cell_text(cell, of->name ? of->name : OTHER))
MISS(count, dh_cell_maybe(cell, DH_CELL_COUNT, of->count))

static void get_difference(const void *row, const void *context, struct dh_cell *cell)
{
	bool negative;
	struct dh_maybe size = dh_callsite_difference(row, &negative);

	(void)context;
	if (size.known)
		dh_cell_number(cell, DH_CELL_CHANGE, negative ? -size.value : size.value);
}

/* clang-format off */
static const struct dh_column callsite_columns[] = {
	{ .name = "HEAP", .key = "heap", .shown = true, .get = get_heap,
	  .help = "name of the heap" },
	{ .name = "MODULE", .key = "module", .shown = true, .get = get_module,
	  .help = "module that the code is in" },
	{ .name = "SYMBOL", .key = "symbol", .shown = true, .get = get_symbol,
	  .help = "function, and where in it the call returns to" },
	{ .name = "FINDS", .key = "finds", .shown = true, .right = true, .get = get_finds,
	  .help = "references got by name" },
	{ .name = "PUTS", .key = "puts", .shown = true, .right = true, .get = get_puts,
	  .help = "references given back" },
	{ .name = "DIFFERENCE", .key = "difference", .shown = true, .right = true,
	  .get = get_difference,
	  .help = "finds less puts" },
	{ .name = "KALLOCS", .key = "kallocs", .shown = true, .right = true, .get = get_kallocs,
	  .help = "buffers allocated" },
};

static const struct dh_column miss_columns[] = {
	{ .name = "MISSING", .key = "name", .shown = true, .get = get_name,
	  .help = "name that was looked for in vain" },
	{ .name = "COUNT", .key = "count", .shown = true, .right = true, .get = get_count,
	  .help = "how often" },
};
/* clang-format on */

const struct dh_schema dh_schema_callsites = {
	.key = "callsites",
	.columns = callsite_columns,
	.n = ARRAY_SIZE(callsite_columns),
};

const struct dh_schema dh_schema_misses = {
	.key = "misses",
	.columns = miss_columns,
	.n = ARRAY_SIZE(miss_columns),
};
