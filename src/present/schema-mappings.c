// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/schemas.h"

#include "base/auto.h"
#include "model/buffer.h"

#define GET(name, statement) DH_GETTER(struct dh_mapping_report, get_##name, statement)

GET(heap, dh_cell_text(cell, of->heap))
GET(size, dh_cell_number(cell, DH_CELL_BYTES, of->size))
GET(mappable, dh_cell_maybe(cell, DH_CELL_TRUTH, of->mappable))
GET(writable, dh_cell_maybe(cell, DH_CELL_TRUTH, of->writable))
GET(fresh, dh_cell_number(cell, DH_CELL_TRUTH, of->fresh))
GET(zeroed, dh_cell_maybe(cell, DH_CELL_TRUTH, of->zeroed))
GET(nonzero, dh_cell_maybe(cell, DH_CELL_COUNT, of->nonzero))
GET(loaded, dh_cell_maybe(cell, DH_CELL_BYTES, of->loaded))
GET(saved, dh_cell_maybe(cell, DH_CELL_BYTES, of->saved))
GET(write_rate, dh_cell_maybe(cell, DH_CELL_RATE, of->write_rate))
GET(read_rate, dh_cell_maybe(cell, DH_CELL_RATE, of->read_rate))
GET(sync_median, dh_cell_maybe(cell, DH_CELL_DURATION, of->sync_median))
GET(sync_mean, dh_cell_maybe(cell, DH_CELL_DURATION, of->sync_mean))
GET(sync_pairs, dh_cell_maybe(cell, DH_CELL_COUNT, of->sync_pairs))
GET(passes, dh_cell_number(cell, DH_CELL_COUNT, of->passes))
GET(verified, dh_cell_maybe(cell, DH_CELL_TRUTH, of->verified))
GET(mismatch, dh_cell_maybe(cell, DH_CELL_COUNT, of->mismatch))
GET(fd, dh_cell_number(cell, DH_CELL_COUNT, (uint64_t)of->fd))
GET(inode, dh_cell_number(cell, DH_CELL_COUNT, of->inode))
GET(crc32, if (of->crc32.known) dh_cell_format(cell, "%08x", (unsigned int)of->crc32.value))
GET(expected, if (of->mismatch.known) dh_cell_format(cell, "0x%02x", of->expected))
GET(found, if (of->mismatch.known) dh_cell_format(cell, "0x%02x", of->found))
GET(error, dh_cell_errno(cell, of->map_error))

/* clang-format off */
static const struct dh_column columns[] = {
	{ .name = "HEAP", .key = "heap", .shown = true, .get = get_heap,
	  .help = "heap it was allocated from" },
	{ .name = "SIZE", .key = "size", .shown = true, .right = true, .get = get_size,
	  .help = "bytes, as the kernel rounded them" },
	{ .name = "MAPPABLE", .key = "mappable", .shown = true, .get = get_mappable,
	  .help = "the CPU could map it" },
	{ .name = "ZEROED", .key = "zeroed", .shown = true, .get = get_zeroed,
	  .help = "every byte was zero before anything was written" },
	{ .name = "CRC32", .key = "crc32", .shown = true, .get = get_crc32,
	  .help = "CRC-32 of the whole buffer after everything was written" },
	{ .name = "WRITE", .key = "write_rate", .shown = true, .right = true, .get = get_write_rate,
	  .help = "bytes per second written, without the syncs" },
	{ .name = "READ", .key = "read_rate", .shown = true, .right = true, .get = get_read_rate,
	  .help = "bytes per second read, without the syncs" },
	{ .name = "SYNC", .key = "sync_ns", .shown = true, .right = true, .get = get_sync_median,
	  .help = "median time of a sync START and its END together" },
	{ .name = "PASSES", .key = "passes", .shown = true, .right = true, .get = get_passes,
	  .help = "passes that were completed" },
	{ .name = "VERIFIED", .key = "verified", .shown = true, .get = get_verified,
	  .help = "every byte was as the pattern has it" },
	{ .name = "WRITABLE", .key = "writable", .get = get_writable,
	  .help = "the mapping could be written to" },
	{ .name = "FRESH", .key = "fresh", .get = get_fresh,
	  .help = "allocated by this command" },
	{ .name = "NONZERO", .key = "nonzero", .right = true, .get = get_nonzero,
	  .help = "offset of the first byte that was not zero" },
	{ .name = "MISMATCH", .key = "mismatch", .right = true, .get = get_mismatch,
	  .help = "offset of the first byte that is not as the pattern has it" },
	{ .name = "EXPECTED", .key = "expected", .get = get_expected,
	  .help = "what the pattern has there" },
	{ .name = "FOUND", .key = "found", .get = get_found,
	  .help = "what the buffer has there" },
	{ .name = "LOADED", .key = "loaded", .right = true, .get = get_loaded,
	  .help = "bytes read from the file of --load" },
	{ .name = "SAVED", .key = "saved", .right = true, .get = get_saved,
	  .help = "bytes written to the file of --save" },
	{ .name = "SYNC-MEAN", .key = "sync_mean_ns", .right = true, .get = get_sync_mean,
	  .help = "mean time of a sync START and its END together" },
	{ .name = "SYNC-PAIRS", .key = "sync_pairs", .right = true, .get = get_sync_pairs,
	  .help = "pairs of syncs that were timed" },
	{ .name = "ERROR", .key = "error", .get = get_error,
	  .help = "why it could not be mapped" },
	{ .name = "FD", .key = "fd", .right = true, .get = get_fd,
	  .help = "number of the descriptor" },
	{ .name = "INODE", .key = "inode", .right = true, .get = get_inode,
	  .help = "inode number that names the dma-buf" },
};
/* clang-format on */

const struct dh_schema dh_schema_mappings = {
	.key = "mappings",
	.columns = columns,
	.n = ARRAY_SIZE(columns),
};
