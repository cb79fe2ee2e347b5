// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/schemas.h"

#include "base/auto.h"
#include "base/units.h"
#include "model/buffer.h"
#include "model/tally.h"

#define BUFFER(name, statement) DH_GETTER(struct dh_buffer_facts, get_##name, statement)

BUFFER(heap, dh_cell_text(cell, of->heap))
BUFFER(size, if (of->described) dh_cell_number(cell, DH_CELL_BYTES, of->size))
BUFFER(inode, if (of->described) dh_cell_number(cell, DH_CELL_COUNT, of->inode))
BUFFER(name, dh_cell_nonempty(cell, of->name))

static void get_fd_flags(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_buffer_facts *facts = row;
	char names[DH_UNIT_MAX];

	(void)context;
	if (facts->described)
		dh_cell_format(cell, "%s", dh_format_fd_flags(facts->fd_flags, names));
}

BUFFER(time, dh_cell_maybe(cell, DH_CELL_DURATION, of->nanoseconds))
BUFFER(fd, if (of->fd >= 0) dh_cell_number(cell, DH_CELL_COUNT, (uint64_t)of->fd))
BUFFER(exporter, dh_cell_nonempty(cell, of->exporter))

/* clang-format off */
static const struct dh_column buffer_columns[] = {
	{ .name = "HEAP", .key = "heap", .shown = true, .get = get_heap,
	  .help = "heap that it was allocated from" },
	{ .name = "SIZE", .key = "size", .shown = true, .right = true, .get = get_size,
	  .help = "bytes, as the kernel rounded them" },
	{ .name = "INODE", .key = "inode", .shown = true, .right = true, .get = get_inode,
	  .help = "number of the dma-buf, the same for every descriptor of it" },
	{ .name = "NAME", .key = "name", .shown = true, .get = get_name,
	  .help = "name given to the buffer" },
	{ .name = "FD-FLAGS", .key = "fd_flags", .shown = true, .get = get_fd_flags,
	  .help = "flags of the descriptor, as read back" },
	{ .name = "TIME", .key = "time_ns", .shown = true, .right = true, .get = get_time,
	  .help = "how long the allocation took" },
	{ .name = "FD", .key = "fd", .right = true, .get = get_fd,
	  .help = "number of the descriptor in the tool's own process" },
	{ .name = "EXPORTER", .key = "exporter", .get = get_exporter,
	  .help = "name of the exporter, as fdinfo has it" },
};
/* clang-format on */

const struct dh_schema dh_schema_buffers = {
	.key = "buffers",
	.columns = buffer_columns,
	.n = ARRAY_SIZE(buffer_columns),
};

#define TALLY(name, statement) DH_GETTER(struct dh_tally, get_##name, statement)

TALLY(done, dh_cell_number(cell, DH_CELL_COUNT, of->done))
TALLY(failed, dh_cell_number(cell, DH_CELL_COUNT, of->failed))
TALLY(wanted, dh_cell_number(cell, DH_CELL_COUNT, of->requested))
/* No buffer could be described: unknown, not 0. */
TALLY(bytes, if (of->bytes || !of->done) dh_cell_number(cell, DH_CELL_BYTES, of->bytes))
TALLY(elapsed, dh_cell_maybe(cell, DH_CELL_DURATION, of->elapsed))
TALLY(min, dh_cell_maybe(cell, DH_CELL_DURATION, of->min))
TALLY(median, dh_cell_maybe(cell, DH_CELL_DURATION, of->median))
TALLY(p99, dh_cell_maybe(cell, DH_CELL_DURATION, of->p99))
TALLY(max, dh_cell_maybe(cell, DH_CELL_DURATION, of->max))
TALLY(error, dh_cell_errno(cell, -of->first_error))

/* clang-format off */
static const struct dh_column summary_columns[] = {
	{ .name = "DONE", .key = "done", .shown = true, .right = true, .get = get_done,
	  .help = "buffers allocated" },
	{ .name = "FAILED", .key = "failed", .shown = true, .right = true, .get = get_failed,
	  .help = "allocations tried and refused" },
	{ .name = "WANTED", .key = "wanted", .shown = true, .right = true, .get = get_wanted,
	  .help = "buffers asked for" },
	{ .name = "BYTES", .key = "bytes", .shown = true, .right = true, .get = get_bytes,
	  .help = "bytes of those done, as the kernel rounded them" },
	{ .name = "ELAPSED", .key = "elapsed_ns", .shown = true, .right = true, .get = get_elapsed,
	  .help = "time of all allocations together" },
	{ .name = "MIN", .key = "min_ns", .shown = true, .right = true, .get = get_min,
	  .help = "shortest time of one allocation" },
	{ .name = "MEDIAN", .key = "median_ns", .shown = true, .right = true, .get = get_median,
	  .help = "median time of one allocation" },
	{ .name = "P99", .key = "p99_ns", .shown = true, .right = true, .get = get_p99,
	  .help = "time that 99 of 100 allocations did not exceed" },
	{ .name = "MAX", .key = "max_ns", .shown = true, .right = true, .get = get_max,
	  .help = "longest time of one allocation" },
	{ .name = "ERROR", .key = "error", .shown = true, .get = get_error,
	  .help = "the kernel's word for the first failure" },
};
/* clang-format on */

const struct dh_schema dh_schema_summary = {
	.key = "summary",
	.columns = summary_columns,
	.n = ARRAY_SIZE(summary_columns),
};
