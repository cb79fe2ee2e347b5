// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/auto.h"
#include "model/holders.h"
#include "present/schemas.h"

static void get_inode(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->buffer)
		dh_cell_number(cell, DH_CELL_COUNT, holder->buffer->inode);
}

static void get_size(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->buffer)
		dh_cell_maybe(cell, DH_CELL_BYTES, holder->buffer->size);
}

static void get_exporter(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->buffer)
		dh_cell_text(cell, holder->buffer->exporter);
}

static void get_name(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->buffer)
		dh_cell_text(cell, holder->buffer->name);
}

static void get_holders(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_COUNT, ((const struct dh_holder_row *)row)->holders);
}

static void get_pid(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->process)
		dh_cell_number(cell, DH_CELL_COUNT, (uint64_t)holder->process->pid);
}

static void get_process(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->process)
		dh_cell_text(cell, holder->process->name);
}

static void get_fds(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_COUNT, ((const struct dh_holder_row *)row)->fds);
}

static void get_mappings(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_COUNT, ((const struct dh_holder_row *)row)->mappings);
}

static void get_devices(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->buffer)
		dh_cell_text(cell, holder->buffer->devices);
}

static void get_attachments(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->buffer)
		dh_cell_maybe(cell, DH_CELL_COUNT, holder->buffer->attachments);
}

static void get_references(const void *row, const void *context, struct dh_cell *cell)
{
	const struct dh_holder_row *holder = row;

	(void)context;
	if (holder->buffer)
		dh_cell_maybe(cell, DH_CELL_COUNT, holder->buffer->references);
}

static void get_buffers(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_number(cell, DH_CELL_COUNT, ((const struct dh_holder_row *)row)->buffers);
}

static void get_rss(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_BYTES, ((const struct dh_holder_row *)row)->rss);
}

static void get_pss(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_BYTES, ((const struct dh_holder_row *)row)->pss);
}

static void get_mapped(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_BYTES, ((const struct dh_holder_row *)row)->mapped);
}

/* clang-format off: a column in two lines */
static const struct dh_column columns[] = {
	{ .name = "INODE",
	  .key = "inode",
	  .shown = true,
	  .right = true,
	  .get = get_inode,
	  .help = "inode number that names the dma-buf" },
	{ .name = "SIZE",
	  .key = "size",
	  .shown = true,
	  .right = true,
	  .get = get_size,
	  .help = "size of the buffer" },
	{ .name = "EXPORTER",
	  .key = "exporter",
	  .shown = true,
	  .get = get_exporter,
	  .help = "who made it: the heap's name, for system and CMA heaps" },
	{ .name = "NAME",
	  .key = "name",
	  .shown = true,
	  .get = get_name,
	  .help = "name it was given" },
	{ .name = "HOLDERS",
	  .key = "holders",
	  .shown = true,
	  .right = true,
	  .get = get_holders,
	  .help = "processes that hold it" },
	{ .name = "PID",
	  .key = "pid",
	  .shown = true,
	  .right = true,
	  .get = get_pid,
	  .help = "the one that this row is about" },
	{ .name = "PROCESS",
	  .key = "process",
	  .shown = true,
	  .get = get_process,
	  .help = "its name" },
	{ .name = "FDS",
	  .key = "fds",
	  .shown = true,
	  .right = true,
	  .get = get_fds,
	  .help = "descriptors it has of it" },
	{ .name = "MAPS",
	  .key = "mappings",
	  .shown = true,
	  .right = true,
	  .get = get_mappings,
	  .help = "mappings it has of it, which outlive descriptors" },
	{ .name = "DEVICES",
	  .key = "devices",
	  .shown = true,
	  .get = get_devices,
	  .help = "devices attached to it" },
	{ .name = "ATTACHMENTS",
	  .key = "attachments",
	  .right = true,
	  .get = get_attachments,
	  .help = "attachments of devices, which may be several for one" },
	{ .name = "REFERENCES",
	  .key = "references",
	  .right = true,
	  .get = get_references,
	  .help = "descriptors, mappings and whatever in the kernel keeps it, all told" },
	{ .name = "BUFFERS",
	  .key = "buffers",
	  .right = true,
	  .get = get_buffers,
	  .help = "buffers that this row is about" },
	{ .name = "RSS",
	  .key = "rss",
	  .right = true,
	  .get = get_rss,
	  .help = "bytes that the process holds, shared or not" },
	{ .name = "PSS",
	  .key = "pss",
	  .right = true,
	  .get = get_pss,
	  .help = "bytes, those of each buffer divided by its holders" },
	{ .name = "MAPPED",
	  .key = "mapped",
	  .right = true,
	  .get = get_mapped,
	  .help = "bytes of address space that the mappings take" },
};
/* clang-format on */

const struct dh_schema dh_schema_holders = {
	.key = "holders",
	.columns = columns,
	.n = ARRAY_SIZE(columns),
};

static void get_all_buffers(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_number(cell, DH_CELL_COUNT, ((const struct dh_holders_summary *)row)->buffers);
}

static void get_all_bytes(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_BYTES, ((const struct dh_holders_summary *)row)->bytes);
}

static void get_all_processes(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_number(cell, DH_CELL_COUNT, ((const struct dh_holders_summary *)row)->processes);
}

static void get_all_fds(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_number(cell, DH_CELL_COUNT, ((const struct dh_holders_summary *)row)->fds);
}

static void get_all_mappings(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_number(cell, DH_CELL_COUNT, ((const struct dh_holders_summary *)row)->mappings);
}

static void get_kernel_only(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_COUNT, ((const struct dh_holders_summary *)row)->kernel_only);
}

static void get_kernel_only_bytes(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_BYTES,
		      ((const struct dh_holders_summary *)row)->kernel_only_bytes);
}

static void get_unreadable(const void *row, const void *context, struct dh_cell *cell)
{
	(void)context;
	dh_cell_maybe(cell, DH_CELL_COUNT, ((const struct dh_holders_summary *)row)->unreadable);
}

/* clang-format off: a column in two lines */
static const struct dh_column summary_columns[] = {
	{ .name = "BUFFERS",
	  .key = "buffers",
	  .shown = true,
	  .right = true,
	  .get = get_all_buffers,
	  .help = "buffers, each once" },
	{ .name = "BYTES",
	  .key = "bytes",
	  .shown = true,
	  .right = true,
	  .get = get_all_bytes,
	  .help = "their sizes, each once" },
	{ .name = "PROCESSES",
	  .key = "processes",
	  .shown = true,
	  .right = true,
	  .get = get_all_processes,
	  .help = "processes that hold any of them" },
	{ .name = "FDS",
	  .key = "fds",
	  .shown = true,
	  .right = true,
	  .get = get_all_fds,
	  .help = "descriptors of these processes" },
	{ .name = "MAPS",
	  .key = "mappings",
	  .shown = true,
	  .right = true,
	  .get = get_all_mappings,
	  .help = "mappings of these processes" },
	{ .name = "KERNEL-ONLY",
	  .key = "kernel_only",
	  .shown = true,
	  .right = true,
	  .get = get_kernel_only,
	  .help = "buffers that no process holds" },
	{ .name = "KERNEL-ONLY-BYTES",
	  .key = "kernel_only_bytes",
	  .shown = true,
	  .right = true,
	  .get = get_kernel_only_bytes,
	  .help = "their sizes" },
	{ .name = "UNREADABLE",
	  .key = "unreadable",
	  .shown = true,
	  .right = true,
	  .get = get_unreadable,
	  .help = "processes that may not be read" },
};
/* clang-format on */

const struct dh_schema dh_schema_holders_summary = {
	.key = "summary",
	.columns = summary_columns,
	.n = ARRAY_SIZE(summary_columns),
};
