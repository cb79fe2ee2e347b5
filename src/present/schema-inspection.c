// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/schemas.h"

#include <inttypes.h>

#include "base/auto.h"
#include "model/buffer.h"

#define GET(name, statement) DH_GETTER(struct dh_inspection, get_##name, statement)

static void address(struct dh_maybe number, struct dh_cell *cell)
{
	if (number.known)
		dh_cell_format(cell, "0x%" PRIx64, number.value);
}

GET(heap, dh_cell_text(cell, of->heap))
GET(exporter, dh_cell_nonempty(cell, of->exporter))
GET(size, dh_cell_maybe(cell, DH_CELL_BYTES, of->size))
GET(inode, dh_cell_maybe(cell, DH_CELL_COUNT, of->inode))
GET(segments, dh_cell_maybe(cell, DH_CELL_COUNT, of->segments))
GET(bytes, dh_cell_maybe(cell, DH_CELL_BYTES, of->bytes))
GET(largest, dh_cell_maybe(cell, DH_CELL_BYTES, of->largest))
GET(contiguous, dh_cell_maybe(cell, DH_CELL_TRUTH, of->contiguous))
GET(lowest, address(of->lowest, cell))
GET(highest, address(of->highest, cell))
GET(below_4g, dh_cell_maybe(cell, DH_CELL_TRUTH, of->below_4g))
GET(meaning, dh_cell_text(cell, dh_inspection_meaning(of)))

/* clang-format off */
static const struct dh_column columns[] = {
	{ .name = "HEAP", .key = "heap", .shown = true, .get = get_heap,
	  .help = "heap it was allocated from" },
	{ .name = "SIZE", .key = "size", .shown = true, .right = true, .get = get_size,
	  .help = "bytes of the buffer" },
	{ .name = "SEGMENTS", .key = "segments", .shown = true, .right = true, .get = get_segments,
	  .help = "runs of addresses that do not touch" },
	{ .name = "LARGEST", .key = "largest", .shown = true, .right = true, .get = get_largest,
	  .help = "bytes of the largest of them" },
	{ .name = "CONTIGUOUS", .key = "contiguous", .shown = true, .get = get_contiguous,
	  .help = "there is one run only" },
	{ .name = "LOWEST", .key = "lowest", .shown = true, .get = get_lowest,
	  .help = "lowest address that a device is given" },
	{ .name = "HIGHEST", .key = "highest", .shown = true, .get = get_highest,
	  .help = "address of the last byte" },
	{ .name = "BELOW-4G", .key = "below_4g", .shown = true, .get = get_below_4g,
	  .help = "32 bits are enough for all addresses" },
	{ .name = "MEANS", .key = "means", .shown = true, .get = get_meaning,
	  .help = "what that means for devices" },
	{ .name = "EXPORTER", .key = "exporter", .get = get_exporter,
	  .help = "name of the exporter" },
	{ .name = "INODE", .key = "inode", .right = true, .get = get_inode,
	  .help = "inode number that names the dma-buf" },
	{ .name = "BYTES", .key = "bytes", .right = true, .get = get_bytes,
	  .help = "bytes in all runs together" },
};
/* clang-format on */

const struct dh_schema dh_schema_inspection = {
	.key = "inspection",
	.columns = columns,
	.n = ARRAY_SIZE(columns),
};
