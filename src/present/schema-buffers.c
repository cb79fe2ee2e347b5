// SPDX-License-Identifier: GPL-2.0-or-later
#include "present/schemas.h"

#include <inttypes.h>

#include "base/units.h"
#include "model/buffer.h"
#include "model/probe.h"
#include "model/tally.h"

#define BUFFER(name, statement)	   DH_GETTER(struct dh_buffer_facts, buffer_##name, statement)
#define BUFFER_VALUE(member, kind) DH_VALUE(struct dh_buffer_facts, member, kind)

BUFFER(size, if (of->described) dh_cell_number(cell, DH_CELL_BYTES, of->size))
BUFFER(inode, if (of->described) dh_cell_number(cell, DH_CELL_COUNT, of->inode))
BUFFER(name, dh_cell_nonempty(cell, of->name))

static void set_fd_flags(uint32_t flags, struct dh_cell *cell)
{
	char names[DH_UNIT_MAX];

	dh_cell_format(cell, "%s", dh_format_fd_flags(flags, names));
	dh_cell_list(cell, cell->store, cell->store, ',');
}

BUFFER(fd_flags, if (of->described) set_fd_flags(of->fd_flags, cell))
BUFFER(fd, if (of->fd >= 0) dh_cell_number(cell, DH_CELL_COUNT, (uint64_t)of->fd))
BUFFER(exporter, dh_cell_nonempty(cell, of->exporter))

/* clang-format off */
static const struct dh_column buffer_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, BUFFER_VALUE(heap, TEXT),
	  .help = "heap that allocated the buffer" },
	{ "SIZE", "size", DH_SHOWN | DH_RIGHT, buffer_size,
	  .help = "size of the buffer, rounded up by the kernel" },
	{ "INODE", "inode", DH_SHOWN | DH_RIGHT, buffer_inode,
	  .help = "inode number, which identifies the dma-buf" },
	{ "NAME", "name", 0, buffer_name, .help = "name of the buffer" },
	{ "FD-FLAGS", "fd_flags", DH_SHOWN, buffer_fd_flags,
	  .help = "flags of the descriptor, as fcntl() reports them" },
	{ "TIME", "time_ns", DH_SHOWN | DH_RIGHT, BUFFER_VALUE(nanoseconds, DURATION),
	  .help = "duration of the allocation" },
	{ "FD", "fd", DH_RIGHT, buffer_fd,
	  .help = "descriptor number in the dmaheapctl process" },
	{ "EXPORTER", "exporter", 0, buffer_exporter, .help = "name of the exporter in fdinfo" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_buffers, "buffers", buffer_columns);

#define TALLY(name, statement)	  DH_GETTER(struct dh_tally, tally_##name, statement)
#define TALLY_VALUE(member, kind) DH_VALUE(struct dh_tally, member, kind)

/* If `bytes` is 0 although buffers were allocated, the sizes of the buffers are unknown. */
TALLY(bytes, if (of->bytes || !of->done) dh_cell_number(cell, DH_CELL_BYTES, of->bytes))
TALLY(error, dh_cell_errno(cell, -of->first_error))

/* clang-format off */
static const struct dh_column tally_columns[] = {
	{ "DONE", "done", DH_SHOWN | DH_RIGHT, TALLY_VALUE(done, COUNT),
	  .help = "allocated buffers" },
	{ "FAILED", "failed", DH_SHOWN | DH_RIGHT, TALLY_VALUE(failed, COUNT),
	  .help = "failed allocations" },
	{ "REQUESTED", "requested", DH_SHOWN | DH_RIGHT, TALLY_VALUE(requested, COUNT),
	  .help = "requested buffers" },
	{ "BYTES", "bytes", DH_SHOWN | DH_RIGHT, tally_bytes,
	  .help = "total size of the allocated buffers" },
	{ "ELAPSED", "elapsed_ns", DH_SHOWN | DH_RIGHT, TALLY_VALUE(elapsed, DURATION),
	  .help = "total duration of all allocations" },
	{ "MIN", "min_ns", DH_SHOWN | DH_RIGHT, TALLY_VALUE(min, DURATION),
	  .help = "shortest duration of an allocation" },
	{ "MEDIAN", "median_ns", DH_SHOWN | DH_RIGHT, TALLY_VALUE(median, DURATION),
	  .help = "median duration of an allocation" },
	{ "P99", "p99_ns", DH_SHOWN | DH_RIGHT, TALLY_VALUE(p99, DURATION),
	  .help = "99th percentile of the allocation durations" },
	{ "MAX", "max_ns", DH_SHOWN | DH_RIGHT, TALLY_VALUE(max, DURATION),
	  .help = "longest duration of an allocation" },
	{ "ERROR", "error", DH_SHOWN, tally_error, .help = "error of the failed allocation" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_summary, "summary", tally_columns);

#define PROBE(name, statement)	  DH_GETTER(struct dh_probe, probe_##name, statement)
#define PROBE_VALUE(member, kind) DH_VALUE(struct dh_probe, member, kind)

static void set_minimums(const struct dh_probe *probe, struct dh_cell *cell)
{
	static const char *const items[] = { "", "largest", "total", "largest,total" };
	const int inexact = (probe->largest_exact ? 0 : 1) + (probe->total_exact ? 0 : 2);

	dh_cell_list(cell, inexact == 3 ? "both" : items[inexact], items[inexact], ',');
}

PROBE(minimums, set_minimums(of, cell))
PROBE(error, dh_cell_errno(cell, -of->error))

/* clang-format off */
static const struct dh_column probe_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, PROBE_VALUE(heap, TEXT), .help = "heap that was probed" },
	{ "PROBED-LARGEST", "probed_largest", DH_SHOWN | DH_RIGHT, PROBE_VALUE(largest, BYTES),
	  .help = "size of the largest buffer that the heap allocated" },
	{ "PROBED-TOTAL", "probed_total", DH_SHOWN | DH_RIGHT, PROBE_VALUE(total, BYTES),
	  .help = "total size of the buffers that the heap allocated at the same time" },
	{ "PROBED-STEP", "probed_step", DH_SHOWN | DH_RIGHT, PROBE_VALUE(step, BYTES),
	  .help = "difference between the two smallest sizes that a buffer can have" },
	{ "AT-LEAST", "at_least", DH_SHOWN, probe_minimums,
	  .help = "figures that are only lower bounds, because the probe reached its limit or "
		  "ended early" },
	{ "LIMIT", "limit", DH_RIGHT, PROBE_VALUE(limit, BYTES),
	  .help = "maximum total size that the probe may allocate at the same time" },
	{ "ERROR", "error", 0, probe_error,
	  .help = "errno that the heap returned for sizes that were too large" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_probe, "probe", probe_columns);

#define MAPPING(name, statement)    DH_GETTER(struct dh_mapping_report, mapping_##name, statement)
#define MAPPING_VALUE(member, kind) DH_VALUE(struct dh_mapping_report, member, kind)

MAPPING(fd, dh_cell_number(cell, DH_CELL_COUNT, (uint64_t)of->fd))
MAPPING(inode, dh_cell_number(cell, DH_CELL_COUNT, of->inode))
MAPPING(crc32, if (of->crc32.known) dh_cell_format(cell, "%08x", (unsigned int)of->crc32.value))
MAPPING(expected, if (of->mismatch.known) dh_cell_format(cell, "0x%02x", of->expected))
MAPPING(found, if (of->mismatch.known) dh_cell_format(cell, "0x%02x", of->found))
MAPPING(error, dh_cell_errno(cell, of->map_error))

/* clang-format off */
static const struct dh_column mapping_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, MAPPING_VALUE(heap, TEXT),
	  .help = "heap that allocated the buffer" },
	{ "SIZE", "size", DH_SHOWN | DH_RIGHT, MAPPING_VALUE(size, BYTES),
	  .help = "size of the buffer, rounded up by the kernel" },
	{ "MAPPABLE", "mappable", DH_SHOWN, MAPPING_VALUE(mappable, TRUTH),
	  .help = "whether the CPU can map the buffer" },
	{ "ZEROED", "zeroed", DH_SHOWN, MAPPING_VALUE(zeroed, TRUTH),
	  .help = "whether every byte was zero before the first write" },
	{ "CRC32", "crc32", 0, mapping_crc32,
	  .help = "CRC-32 of the whole buffer after the last write" },
	{ "WRITE", "write_rate", DH_SHOWN | DH_RIGHT, MAPPING_VALUE(write_rate, RATE),
	  .help = "bytes written per second, excluding the time of sync calls" },
	{ "READ", "read_rate", DH_SHOWN | DH_RIGHT, MAPPING_VALUE(read_rate, RATE),
	  .help = "bytes read per second, excluding the time of sync calls" },
	{ "SYNC", "sync_ns", DH_RIGHT, MAPPING_VALUE(sync_median, DURATION),
	  .help = "median duration of a SYNC_START and SYNC_END pair" },
	{ "PASSES", "passes", DH_RIGHT, MAPPING_VALUE(passes, COUNT),
	  .help = "number of completed passes" },
	{ "VERIFIED", "verified", DH_SHOWN, MAPPING_VALUE(verified, TRUTH),
	  .help = "whether every byte matches the pattern" },
	{ "WRITABLE", "writable", 0, MAPPING_VALUE(writable, TRUTH),
	  .help = "whether the mapping is writable" },
	{ "FRESH", "fresh", 0, MAPPING_VALUE(fresh, TRUTH),
	  .help = "whether this command allocated the buffer" },
	{ "NONZERO", "nonzero", DH_RIGHT, MAPPING_VALUE(nonzero, COUNT),
	  .help = "offset of the first byte that was not zero before the first write" },
	{ "MISMATCH", "mismatch", DH_RIGHT, MAPPING_VALUE(mismatch, COUNT),
	  .help = "offset of the first byte that differs from the pattern" },
	{ "EXPECTED", "expected", 0, mapping_expected,
	  .help = "byte of the pattern at offset MISMATCH" },
	{ "FOUND", "found", 0, mapping_found, .help = "byte of the buffer at offset MISMATCH" },
	{ "LOADED", "loaded", DH_RIGHT, MAPPING_VALUE(loaded, BYTES),
	  .help = "number of bytes that --load read" },
	{ "SAVED", "saved", DH_RIGHT, MAPPING_VALUE(saved, BYTES),
	  .help = "number of bytes that --save wrote" },
	{ "SYNC-MEAN", "sync_mean_ns", DH_RIGHT, MAPPING_VALUE(sync_mean, DURATION),
	  .help = "mean duration of a SYNC_START and SYNC_END pair" },
	{ "SYNC-PAIRS", "sync_pairs", DH_RIGHT, MAPPING_VALUE(sync_pairs, COUNT),
	  .help = "number of measured SYNC_START and SYNC_END pairs" },
	{ "ERROR", "error", 0, mapping_error, .help = "error if the buffer could not be mapped" },
	{ "FD", "fd", DH_RIGHT, mapping_fd,
	  .help = "descriptor number in the dmaheapctl process" },
	{ "INODE", "inode", DH_RIGHT, mapping_inode,
	  .help = "inode number, which identifies the dma-buf" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_mappings, "mappings", mapping_columns);

#define INSPECTION(name, statement)    DH_GETTER(struct dh_inspection, inspection_##name, statement)
#define INSPECTION_VALUE(member, kind) DH_VALUE(struct dh_inspection, member, kind)

static void set_address(struct dh_maybe number, struct dh_cell *cell)
{
	if (number.known)
		dh_cell_format(cell, "0x%" PRIx64, number.value);
}

INSPECTION(exporter, dh_cell_nonempty(cell, of->exporter))
INSPECTION(lowest, set_address(of->lowest, cell))
INSPECTION(highest, set_address(of->highest, cell))
INSPECTION(meaning, dh_cell_text(cell, dh_inspection_meaning(of)))

/* clang-format off */
static const struct dh_column inspection_columns[] = {
	{ "HEAP", "heap", DH_SHOWN, INSPECTION_VALUE(heap, TEXT),
	  .help = "heap that allocated the buffer" },
	{ "SIZE", "size", DH_SHOWN | DH_RIGHT, INSPECTION_VALUE(size, BYTES),
	  .help = "size of the buffer" },
	{ "SEGMENTS", "segments", DH_SHOWN | DH_RIGHT, INSPECTION_VALUE(segments, COUNT),
	  .help = "number of contiguous address ranges" },
	{ "LARGEST", "largest", DH_SHOWN | DH_RIGHT, INSPECTION_VALUE(largest, BYTES),
	  .help = "size of the largest address range" },
	{ "CONTIGUOUS", "contiguous", DH_SHOWN, INSPECTION_VALUE(contiguous, TRUTH),
	  .help = "whether the buffer has only one address range" },
	{ "LOWEST", "lowest", DH_SHOWN, inspection_lowest, .help = "lowest DMA address" },
	{ "HIGHEST", "highest", DH_SHOWN, inspection_highest,
	  .help = "highest DMA address" },
	{ "BELOW-4G", "below_4g", DH_SHOWN, INSPECTION_VALUE(below_4g, TRUTH),
	  .help = "whether all addresses fit into 32 bits" },
	{ "MEANS", "means", DH_SHOWN | DH_WRAP, inspection_meaning,
	  .help = "requirements for a device that uses the buffer" },
	{ "EXPORTER", "exporter", 0, inspection_exporter, .help = "name of the exporter" },
	{ "INODE", "inode", DH_RIGHT, INSPECTION_VALUE(inode, COUNT),
	  .help = "inode number, which identifies the dma-buf" },
	{ "BYTES", "bytes", DH_RIGHT, INSPECTION_VALUE(bytes, BYTES),
	  .help = "total size of the address ranges" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_inspection, "inspection", inspection_columns);
