// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/auto.h"
#include "model/holders.h"
#include "present/schemas.h"

#define HOLDER(name, statement) DH_GETTER(struct dh_holder_row, get_##name, statement)

HOLDER(inode, if (of->buffer) dh_cell_number(cell, DH_CELL_COUNT, of->buffer->inode))
HOLDER(size, if (of->buffer) dh_cell_maybe(cell, DH_CELL_BYTES, of->buffer->size))
HOLDER(exporter, if (of->buffer) dh_cell_text(cell, of->buffer->exporter))
HOLDER(name, if (of->buffer) dh_cell_text(cell, of->buffer->name))
HOLDER(holders, dh_cell_maybe(cell, DH_CELL_COUNT, of->holders))
HOLDER(pid, if (of->process) dh_cell_number(cell, DH_CELL_COUNT, (uint64_t)of->process->pid))
HOLDER(process, if (of->process) dh_cell_text(cell, of->process->name))
HOLDER(fds, dh_cell_maybe(cell, DH_CELL_COUNT, of->fds))
HOLDER(mappings, dh_cell_maybe(cell, DH_CELL_COUNT, of->mappings))
HOLDER(devices, if (of->buffer) dh_cell_text(cell, of->buffer->devices))
HOLDER(attachments, if (of->buffer) dh_cell_maybe(cell, DH_CELL_COUNT, of->buffer->attachments))
HOLDER(references, if (of->buffer) dh_cell_maybe(cell, DH_CELL_COUNT, of->buffer->references))
HOLDER(buffers, dh_cell_number(cell, DH_CELL_COUNT, of->buffers))
HOLDER(rss, dh_cell_maybe(cell, DH_CELL_BYTES, of->rss))
HOLDER(pss, dh_cell_maybe(cell, DH_CELL_BYTES, of->pss))
HOLDER(mapped, dh_cell_maybe(cell, DH_CELL_BYTES, of->mapped))

/* clang-format off */
static const struct dh_column columns[] = {
	{ .name = "INODE", .key = "inode", .shown = true, .right = true, .get = get_inode,
	  .help = "inode number that names the dma-buf" },
	{ .name = "SIZE", .key = "size", .shown = true, .right = true, .get = get_size,
	  .help = "size of the buffer" },
	{ .name = "EXPORTER", .key = "exporter", .shown = true, .get = get_exporter,
	  .help = "who made it: the heap's name, for system and CMA heaps" },
	{ .name = "NAME", .key = "name", .shown = true, .get = get_name,
	  .help = "name it was given" },
	{ .name = "HOLDERS", .key = "holders", .shown = true, .right = true, .get = get_holders,
	  .help = "processes that hold it" },
	{ .name = "PID", .key = "pid", .shown = true, .right = true, .get = get_pid,
	  .help = "the one that this row is about" },
	{ .name = "PROCESS", .key = "process", .shown = true, .get = get_process,
	  .help = "its name" },
	{ .name = "FDS", .key = "fds", .shown = true, .right = true, .get = get_fds,
	  .help = "descriptors it has of it" },
	{ .name = "MAPS", .key = "mappings", .shown = true, .right = true, .get = get_mappings,
	  .help = "mappings it has of it, which outlive descriptors" },
	{ .name = "DEVICES", .key = "devices", .shown = true, .get = get_devices,
	  .help = "devices attached to it" },
	{ .name = "ATTACHMENTS", .key = "attachments", .right = true, .get = get_attachments,
	  .help = "attachments of devices, which may be several for one" },
	{ .name = "REFERENCES", .key = "references", .right = true, .get = get_references,
	  .help = "descriptors, mappings and whatever in the kernel keeps it, all told" },
	{ .name = "BUFFERS", .key = "buffers", .right = true, .get = get_buffers,
	  .help = "buffers that this row is about" },
	{ .name = "RSS", .key = "rss", .right = true, .get = get_rss,
	  .help = "bytes that the process holds, shared or not" },
	{ .name = "PSS", .key = "pss", .right = true, .get = get_pss,
	  .help = "bytes, those of each buffer divided by its holders" },
	{ .name = "MAPPED", .key = "mapped", .right = true, .get = get_mapped,
	  .help = "bytes of address space that the mappings take" },
};
/* clang-format on */

const struct dh_schema dh_schema_holders = {
	.key = "holders",
	.columns = columns,
	.n = ARRAY_SIZE(columns),
};

#define SUMMARY(name, statement) DH_GETTER(struct dh_holders_summary, get_##name, statement)

SUMMARY(all_buffers, dh_cell_number(cell, DH_CELL_COUNT, of->buffers))
SUMMARY(all_bytes, dh_cell_maybe(cell, DH_CELL_BYTES, of->bytes))
SUMMARY(all_processes, dh_cell_number(cell, DH_CELL_COUNT, of->processes))
SUMMARY(all_fds, dh_cell_number(cell, DH_CELL_COUNT, of->fds))
SUMMARY(all_mappings, dh_cell_number(cell, DH_CELL_COUNT, of->mappings))
SUMMARY(kernel_only, dh_cell_maybe(cell, DH_CELL_COUNT, of->kernel_only))
SUMMARY(kernel_only_bytes, dh_cell_maybe(cell, DH_CELL_BYTES, of->kernel_only_bytes))
SUMMARY(unreadable, dh_cell_maybe(cell, DH_CELL_COUNT, of->unreadable))

/* clang-format off */
static const struct dh_column summary_columns[] = {
	{ .name = "BUFFERS", .key = "buffers", .shown = true, .right = true, .get = get_all_buffers,
	  .help = "buffers, each once" },
	{ .name = "BYTES", .key = "bytes", .shown = true, .right = true, .get = get_all_bytes,
	  .help = "their sizes, each once" },
	{ .name = "PROCESSES", .key = "processes", .shown = true, .right = true,
	  .get = get_all_processes,
	  .help = "processes that hold any of them" },
	{ .name = "FDS", .key = "fds", .shown = true, .right = true, .get = get_all_fds,
	  .help = "descriptors of these processes" },
	{ .name = "MAPS", .key = "mappings", .shown = true, .right = true, .get = get_all_mappings,
	  .help = "mappings of these processes" },
	{ .name = "KERNEL-ONLY", .key = "kernel_only", .shown = true, .right = true,
	  .get = get_kernel_only,
	  .help = "buffers that no process holds" },
	{ .name = "KERNEL-ONLY-BYTES", .key = "kernel_only_bytes", .shown = true, .right = true,
	  .get = get_kernel_only_bytes,
	  .help = "their sizes" },
	{ .name = "UNREADABLE", .key = "unreadable", .shown = true, .right = true,
	  .get = get_unreadable,
	  .help = "processes that may not be read" },
};
/* clang-format on */

const struct dh_schema dh_schema_holders_summary = {
	.key = "summary",
	.columns = summary_columns,
	.n = ARRAY_SIZE(summary_columns),
};
