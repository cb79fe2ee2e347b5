// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "model/cma-trace.h"
#include "model/holders.h"
#include "present/schemas.h"

#define HOLDER(name, statement)	   DH_GETTER(struct dh_holder_row, get_##name, statement)
#define HOLDER_VALUE(member, kind) DH_VALUE(struct dh_holder_row, member, kind)

HOLDER(inode, if (of->buffer) dh_cell_number(cell, DH_CELL_COUNT, of->buffer->inode))
HOLDER(size, if (of->buffer) dh_cell_maybe(cell, DH_CELL_BYTES, of->buffer->size))
HOLDER(exporter, if (of->buffer) dh_cell_text(cell, of->buffer->exporter))
HOLDER(name, if (of->buffer) dh_cell_text(cell, of->buffer->name))

/*
 * For tables, replace a lone unknown ID ("-") with an empty list: a table would escape the text
 * "-".
 */
static void set_device_ids(const char *ids, struct dh_cell *cell)
{
	dh_cell_list(cell, ids && strcmp(ids, "-") ? ids : "", ids, ',');
}

HOLDER(device_ids, if (of->buffer) set_device_ids(of->buffer->device_ids, cell))
HOLDER(pid, if (of->process) dh_cell_number(cell, DH_CELL_COUNT, (uint64_t)of->process->pid))
HOLDER(process, if (of->process) dh_cell_text(cell, of->process->name))
HOLDER(devices, if (of->buffer) dh_cell_list(cell, of->buffer->devices, of->buffer->devices, ','))
HOLDER(attachments, if (of->buffer) dh_cell_maybe(cell, DH_CELL_COUNT, of->buffer->attachments))
HOLDER(references, if (of->buffer) dh_cell_maybe(cell, DH_CELL_COUNT, of->buffer->references))

/* clang-format off */
static const struct dh_column columns[] = {
	{ "INODE", "inode", DH_SHOWN | DH_RIGHT, get_inode,
	  .help = "inode number, which identifies the dma-buf" },
	{ "SIZE", "size", DH_SHOWN | DH_RIGHT, get_size, .help = "size of the buffer" },
	{ "EXPORTER", "exporter", DH_SHOWN, get_exporter,
	  .help = "name of the exporter; for system and CMA heaps, usually the name of the heap" },
	{ "NAME", "name", DH_SHOWN, get_name, .help = "name of the buffer" },
	{ "HOLDERS", "holders", DH_RIGHT, HOLDER_VALUE(holders, COUNT),
	  .help = "number of processes that hold the buffer" },
	{ "PID", "pid", DH_SHOWN | DH_RIGHT, get_pid, .help = "process ID of the holder" },
	{ "PROCESS", "process", DH_SHOWN, get_process, .help = "process name of the holder" },
	{ "FDS", "fds", DH_RIGHT, HOLDER_VALUE(fds, COUNT),
	  .help = "number of descriptors of the buffer in the process" },
	{ "MAPS", "mappings", DH_RIGHT, HOLDER_VALUE(mappings, COUNT),
	  .help = "number of mappings of the buffer in the process" },
	{ "DEVICES", "devices", DH_SHOWN, get_devices, .help = "devices attached to the buffer" },
	{ "DEVICE-IDS", "device_ids", 0, get_device_ids,
	  .help = "ID (device and driver) of each attached device" },
	{ "ATTACHMENTS", "attachments", DH_RIGHT, get_attachments,
	  .help = "number of attachments; a device may have several" },
	{ "REFERENCES", "references", DH_RIGHT, get_references,
	  .help = "reference count: descriptors, mappings and kernel users" },
	{ "BUFFERS", "buffers", DH_RIGHT, HOLDER_VALUE(buffers, COUNT),
	  .help = "number of selected buffers that the process holds; 1 with --by buffer" },
	{ "RSS", "rss", DH_RIGHT, HOLDER_VALUE(rss, BYTES),
	  .help = "total size of the buffers counted in BUFFERS" },
	{ "PSS", "pss", DH_RIGHT, HOLDER_VALUE(pss, BYTES),
	  .help = "total size of the buffers counted in BUFFERS, with each size divided by the "
		  "number of holders of that buffer" },
	{ "MAPPED", "mapped", DH_RIGHT, HOLDER_VALUE(mapped, BYTES),
	  .help = "total size of the mappings in MAPS" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_holders, "holders", columns);

#define TOTAL_VALUE(member, kind) DH_VALUE(struct dh_holders_summary, member, kind)

/* clang-format off */
static const struct dh_column summary_columns[] = {
	{ "BUFFERS", "buffers", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(buffers, COUNT),
	  .help = "number of buffers" },
	{ "BYTES", "bytes", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(bytes, BYTES),
	  .help = "total size of the buffers" },
	{ "PROCESSES", "processes", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(processes, COUNT),
	  .help = "number of processes that hold the buffers" },
	{ "FDS", "fds", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(fds, COUNT),
	  .help = "number of descriptors of the buffers" },
	{ "MAPS", "mappings", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(mappings, COUNT),
	  .help = "number of mappings of the buffers" },
	{ "SYNC-FILES", "sync_files", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(sync_files, COUNT),
	  .help = "number of sync_file (fence) descriptors of the process that --pid selects" },
	{ "KERNEL-ONLY", "kernel_only", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(kernel_only, COUNT),
	  .help = "number of buffers that no process holds" },
	{ "KERNEL-ONLY-BYTES", "kernel_only_bytes", DH_RIGHT,
	  TOTAL_VALUE(kernel_only_bytes, BYTES),
	  .help = "total size of the buffers that no process holds" },
	{ "OTHERS", "others", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(others, BYTES),
	  .help = "used memory of CMA regions, minus the buffers of their heaps" },
	{ "UNREADABLE", "unreadable", DH_SHOWN | DH_RIGHT, TOTAL_VALUE(unreadable, COUNT),
	  .help = "number of processes that could not be read" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_holders_summary, "summary", summary_columns);

#define CALLER_VALUE(member, kind) DH_VALUE(struct dh_cma_caller, member, kind)
#define TRACE_VALUE(member, kind)  DH_VALUE(struct dh_cma_trace, member, kind)

/* clang-format off */
static const struct dh_column caller_columns[] = {
	{ "CALLER", "caller", DH_SHOWN, CALLER_VALUE(caller, TEXT),
	  .help = "calling function and offset of the return address" },
	{ "MODULE", "module", DH_SHOWN, CALLER_VALUE(module, TEXT),
	  .help = "module of the calling function; absent if the function is built in" },
	{ "PID", "pid", DH_RIGHT, CALLER_VALUE(pid, COUNT),
	  .help = "ID of the calling thread" },
	{ "PROCESS", "process", DH_SHOWN, CALLER_VALUE(process, TEXT),
	  .help = "name of the calling thread" },
	{ "ALLOCS", "allocations", DH_SHOWN | DH_RIGHT, CALLER_VALUE(allocations, COUNT),
	  .help = "number of successful allocations" },
	{ "FAILS", "alloc_fails", DH_RIGHT, CALLER_VALUE(failures, COUNT),
	  .help = "number of failed allocations" },
	{ "RELEASES", "releases", DH_RIGHT, CALLER_VALUE(releases, COUNT),
	  .help = "number of releases of memory that this caller allocated" },
	{ "BYTES", "bytes", DH_SHOWN | DH_RIGHT, CALLER_VALUE(bytes, BYTES),
	  .help = "total size of the allocations" },
	{ "HELD", "held_bytes", DH_SHOWN | DH_RIGHT, CALLER_VALUE(held, BYTES),
	  .help = "total size of the allocations, minus the releases; without --for, total size "
		  "of the used pages that the caller allocated" },
};

static const struct dh_column trace_columns[] = {
	{ "REGION", "region", DH_SHOWN, TRACE_VALUE(region, TEXT),
	  .help = "name of the CMA region" },
	{ "ELAPSED", "elapsed_ns", DH_SHOWN | DH_RIGHT, TRACE_VALUE(elapsed, DURATION),
	  .help = "duration of the trace" },
	{ "OLDER-BYTES", "older_bytes", DH_SHOWN | DH_RIGHT, TRACE_VALUE(older, BYTES),
	  .help = "total size of the released memory that was allocated before the trace" },
	{ "LOST", "lost", DH_SHOWN | DH_RIGHT, TRACE_VALUE(lost, COUNT),
	  .help = "number of events and stacks that the kernel discarded" },
	{ "MOVABLE", "movable_bytes", DH_SHOWN | DH_RIGHT, TRACE_VALUE(movable, BYTES),
	  .help = "without --for, total size of the pages that contain movable memory" },
};
/* clang-format on */

DH_SCHEMA(dh_schema_cma_callers, "callers", caller_columns);
DH_SCHEMA(dh_schema_cma_trace, "trace", trace_columns);
