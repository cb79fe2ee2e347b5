// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * holders: show buffers, and the processes or kernel code that hold them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cmd/commands.h"
#include "cmd/operands.h"
#include "frame/output.h"
#include "model/others.h"
#include "model/selection.h"
#include "present/schemas.h"
#include "task/cma.h"
#include "task/heaps.h"
#include "task/holders.h"

/* Default columns with --by process. The schema contains those with --by buffer. */
#define PROCESS_COLUMNS "PID,PROCESS,BUFFERS,FDS,MAPS,RSS,PSS"

/* Maximum number of process IDs in the argument of --shared-by. */
#define SHARERS_MAX 16

struct pids {
	pid_t each[SHARERS_MAX];
	size_t n;
};

struct holders_options {
	struct dh_words heaps; /* at most one: a heap, class, shell pattern or exporter */
	uint64_t pid;	/* 0: not given */
	uint64_t inode; /* 0: not given */
	const char *device;
	struct pids sharers;
	bool by_process;
	bool has_cma;
	const char *cma; /* the name of a region or heap, or a class */
	uint64_t duration; /* nanoseconds; 0: not given */
};

static const char *parse_region(const char *text, void *field)
{
	*(const char **)field = text;
	return *text ? NULL : "the name of a CMA region, or the name or class of a heap";
}

static const char *parse_view(const char *text, void *field)
{
	bool *by_process = field;

	*by_process = !strcmp(text, "process");
	return *by_process || !strcmp(text, "buffer") ? NULL : "buffer or process";
}

static const char *parse_sharers(const char *text, void *field)
{
	static const char expected[] = "2 to 16 process IDs, separated by commas";
	dh_auto(free) char *copy = strdup(text);
	char *rest = copy, *word;
	struct pids *pids = field;
	uint64_t pid;

	for (pids->n = 0; (word = strsep(&rest, ",")) != NULL;) {
		if (pids->n == SHARERS_MAX || dh_parse_count(word, 1, INT32_MAX, &pid))
			return expected;
		pids->each[pids->n++] = (pid_t)pid;
	}
	return pids->n > 1 ? NULL : expected;
}

static const struct dh_option own[] = {
	{ DH_OPTION_HEADING, .group = 1, .help = "Selection options:" },
	{ DH_OPTION_COUNT, .name = "pid", .argument = "PID", .min = 1, .max = INT32_MAX,
	  .field = DH_AT(struct holders_options, pid), .expected = "a process ID",
	  .help = "show the buffers that process PID holds" },
	{ DH_OPTION_COUNT, .name = "inode", .argument = "N", .min = 1, .max = UINT64_MAX,
	  .field = DH_AT(struct holders_options, inode), .expected = "an inode number",
	  .help = "show the holders of the buffer with inode number N" },
	{ DH_OPTION_TEXT, .name = "device", .argument = "DEVICE",
	  .field = DH_AT(struct holders_options, device),
	  .help = "show the buffers to which DEVICE is attached (a name as in column DEVICES, an "
		  "ID as in column DEVICE-IDS, or a device as in 'export --device')" },
	{ DH_OPTION_PARSED, .name = "shared-by", .argument = "PID,PID...", .parse = parse_sharers,
	  .field = DH_AT(struct holders_options, sharers),
	  .help = "show the buffers that all of these processes hold" },
	{ DH_OPTION_PARSED, .name = "by", .argument = "VIEW", .parse = parse_view,
	  .field = DH_AT(struct holders_options, by_process),
	  .help = "show a row for each buffer and holder (VIEW: buffer, the default), or for each "
		  "process (VIEW: process)" },
	{ DH_OPTION_HEADING, .group = 2, .help = "Trace options:" },
	{ DH_OPTION_PARSED, .name = "cma", .argument = "REGION", .parse = parse_region,
	  .given = DH_AT(struct holders_options, has_cma),
	  .field = DH_AT(struct holders_options, cma),
	  .help = "show the kernel code that allocated the used memory of the CMA region REGION "
		  "(name of the region, or name or class of a heap that uses the region)" },
	{ DH_OPTION_DURATION, .name = "for", .argument = "DURATION", .min = 1,
	  .field = DH_AT(struct holders_options, duration),
	  .help = "with --cma, trace new allocations for DURATION, such as 10, 1.5s, 200ms or 5m, "
		  "or until a signal arrives" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct holders_options *chosen = options;
	int selections;

	(void)out;
	dh_heap_words(&chosen->heaps);
	if (chosen->heaps.n > 1)
		return "at most one HEAP is allowed";
	selections = !!chosen->heaps.n + !!chosen->pid + !!chosen->inode + !!chosen->device +
		     !!chosen->sharers.n;
	if (selections > 1)
		return "HEAP, --pid, --inode, --device and --shared-by are mutually exclusive";
	if (chosen->duration && !chosen->has_cma)
		return "--for requires --cma";
	if (chosen->has_cma && (selections || chosen->by_process))
		return "--cma cannot be combined with HEAP, --pid, --inode, --device, --shared-by "
		       "or --by process";
	if (chosen->has_cma && env->sysroot)
		return "--cma cannot be combined with --sysroot: --cma reads the running kernel";
	return NULL;
}

/* --- Selection ---------------------------------------------------------------------- */

static bool is_exporter(const struct dh_holders *holders, const char *name)
{
	for (size_t i = 0; i < holders->n_buffers; i++)
		if (holders->buffers[i].exporter && !strcmp(holders->buffers[i].exporter, name))
			return true;
	return false;
}

/*
 * Stores in `names` the names of the exporters that HEAP selects. `names` has inventory->n_heaps +
 * 1 elements; `name` is the value of HEAP. Returns the number of names.
 */
static size_t resolve(const struct dh_inventory *inventory, const struct dh_holders *holders,
		      const char *name, const char **names)
{
	size_t n = 0;

	if (is_exporter(holders, name))
		names[n++] = name;
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		const char *heap = inventory->heaps[i].name;

		if (dh_heap_matches(inventory, heap, name) && (!n || strcmp(heap, name)))
			names[n++] = heap;
	}
	return n;
}

static enum dh_status fail_no_buffer(const struct dh_holders *holders, uint64_t inode)
{
	if (!holders->listed && dh_holders_incomplete(holders))
		return dh_fail(DH_EXIT_PERMISSION, 0,
			       "buffer %" PRIu64
			       ": not found (not all processes and descriptors are readable)",
			       inode);
	return dh_fail(DH_EXIT_NOT_FOUND, 0, "buffer %" PRIu64 ": no such buffer%s", inode,
		       holders->listed ? "" : " in any process");
}

/*
 * Returns true if the kernel's list of buffers is not readable, a process is unreadable or hidden,
 * and this process can read no process except itself.
 */
static bool nothing_readable(const struct dh_env *env, const struct dh_holders *holders)
{
	bool refused = holders->hidden;

	if (holders->listed)
		return false;
	for (size_t i = 0; i < holders->n_processes; i++) {
		const struct dh_process *process = &holders->processes[i];

		if (process->state == DH_PROCESS_READ &&
		    !(env->root.live && process->pid == getpid()))
			return false;
		refused = refused || process->state == DH_PROCESS_REFUSED;
	}
	return refused;
}

/* --- Remarks on missing facts ------------------------------------------------------- */

/* Returns the reason for `error`, the -errno from reading the attached devices. */
static const char *list_problem(const struct dh_env *env, int error)
{
	if (error == -EACCES || error == -EPERM)
		return "only root may read debugfs";
	if (error == -ENOENT && !env->root.live)
		return "no sys/kernel/debug/dma_buf/bufinfo";
	if (error == -ENOENT)
		return "no /sys/kernel/debug/dma_buf/bufinfo (requires CONFIG_DEBUG_FS); run "
		       "'mount -t debugfs none /sys/kernel/debug'";
	if (error == -EOPNOTSUPP)
		return "debugfs dma_buf/bufinfo has no inode numbers (Linux 5.3 added them)";
	if (error == -EBADMSG)
		return "unsupported format of debugfs dma_buf/bufinfo";
	if (error == -DH_NOT_MOUNTED)
		return "/sys is not mounted";
	return strerror(-error);
}

static void remark_missing(const struct dh_env *env, const struct dh_holders *holders,
			   const struct dh_holders_summary *summary,
			   const struct dh_holders_filter *filter)
{
	const char *remedy = !env->root.live ? "record as root to see all" :
			     geteuid()	     ? "run as root to see all" :
					       "CAP_SYS_PTRACE is required";
	char size[DH_UNIT_MAX];
	size_t nameless = 0, unlisted = 0, cut = dh_holders_cut_lists(holders);

	if (summary->unreadable.value)
		dh_remark(env, "processes with unreadable descriptors or mappings: %" PRIu64 "; %s",
			  summary->unreadable.value, remedy);
	if (holders->hidden)
		dh_remark(env, "/proc hides processes of other users (mount option hidepid); %s",
			  remedy);
	if (holders->unidentified)
		dh_remark(env,
			  "descriptors not shown because fdinfo lacks the inode number: %" PRIu64,
			  holders->unidentified);
	for (size_t i = 0; i < holders->n_buffers; i++) {
		nameless += !holders->buffers[i].exporter && holders->buffers[i].n_holders;
		unlisted += !holders->buffers[i].devices;
	}
	if (nameless && filter->exporters)
		dh_remark(env, "buffers not shown because their exporter is unknown: %zu",
			  nameless);
	if (unlisted && filter->devices)
		dh_remark(env, "buffers not shown because their attached devices are unknown: %zu",
			  unlisted);
	if (cut && filter->devices)
		dh_remark(env, "buffers with an incomplete list of attached devices: %zu", cut);
	if (holders->list_error)
		dh_remark(env, "attached devices%s unknown: %s",
			  holders->listed ? "" : " and kernel-only buffers",
			  list_problem(env, holders->list_error));
	if (holders->unnumbered.known)
		dh_remark(env,
			  "buffers listed in debugfs, held or not: %" PRIu64 ", total size %s",
			  holders->unnumbered.value,
			  dh_format_size(holders->unnumbered_bytes.value, size));
}

/*
 * Prints the number of buffers that may belong to a selected heap, but have an exporter name that
 * several heaps share.
 */
static void remark_shared(const struct dh_env *env, const struct dh_holders *holders,
			  const struct dh_inventory *inventory,
			  const struct dh_holders_filter *filter)
{
	const char *exporter = NULL;
	size_t n = 0;

	for (size_t i = 0; i < holders->n_buffers; i++) {
		const char *name = holders->buffers[i].exporter;

		for (size_t j = 0; name && j < filter->n_exporters; j++) {
			const struct dh_heap *heap =
				dh_inventory_find(inventory, filter->exporters[j]);

			if (!heap || !dh_exporter_is_shared(name, heap->kind))
				continue;
			exporter = name;
			n++;
			break;
		}
	}
	if (n)
		dh_remark(env,
			  "buffers not shown because this kernel does not report their heap: %zu; "
			  "'dmaheapctl holders %s%s%s' shows the buffers of all heaps with this "
			  "exporter name",
			  n, exporter, env->sysroot ? " --sysroot " : "",
			  env->sysroot ? env->sysroot : "");
}

/* Prints the command that reads the first buffer whose descriptor 'map' can duplicate. */
static void remark_command(const struct dh_env *env, const struct dh_holders *holders,
			   const struct dh_holder_row *rows, size_t n)
{
	if (!env->root.live || env->style.format != DH_FORMAT_TABLE)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct dh_held_buffer *buffer = rows[i].buffer;
		const struct dh_process *process = rows[i].process;

		if (!buffer || !process ||
		    !dh_holders_find_holding(holders, buffer, process->pid)->descriptor.known)
			continue;
		dh_remark(env,
			  "run 'dmaheapctl map --pid %d --inode %" PRIu64 "' to read this buffer",
			  (int)process->pid, buffer->inode);
		return;
	}
}

/* --- The command -------------------------------------------------------------------- */

/* Fails if nothing is readable, or the selected process, device, buffer or heap was not found. */
static enum dh_status check_selection(const struct dh_env *env, const struct dh_holders *holders,
				      const struct dh_inventory *inventory,
				      const struct dh_holders_filter *filter, const char *heap,
				      uint64_t buffers)
{
	enum dh_status status = DH_EXIT_DONE;

	for (size_t i = 0; i < filter->n_pids && !status; i++)
		status = dh_holders_check_process(holders, filter->pids[i]);
	if (status)
		return status;
	if (nothing_readable(env, holders))
		return dh_fail(DH_EXIT_PERMISSION, EACCES, "reading processes: %m");
	/* If the argument is the only name, it selects no DRM or V4L2 device with a parent. */
	if (filter->devices && !buffers && filter->n_devices == 1)
		return dh_fail(DH_EXIT_NOT_FOUND, 0,
			       "device '%s': no such DRM or V4L2 device, and no attached device of "
			       "this name%s",
			       filter->devices[0],
			       dh_holders_cut_lists(holders)
				       ? " (a list of attached devices is incomplete)"
				       : "");
	if (filter->by_inode && !buffers)
		return fail_no_buffer(holders, filter->inode);
	if (!filter->exporters || filter->n_exporters)
		return DH_EXIT_DONE;
	status = dh_heaps_unread(env, inventory);
	return status ? status : dh_heaps_no_such(env, inventory, heap, "heap or exporter");
}

/* Fails if the attached devices are unknown, because --device selects rows by device. */
static enum dh_status read_devices(const struct dh_env *env, const struct dh_holders *holders,
				   const char *device, struct dh_inventory *inventory)
{
	const int error = holders->list_error;

	if (error)
		return dh_fail(error == -EACCES || error == -EPERM ? DH_EXIT_PERMISSION
								   : DH_EXIT_UNSUPPORTED,
			       0, "device '%s': finding its buffers: %s", device,
			       list_problem(env, error));
	return dh_holders_read_devices(env, inventory);
}

/*
 * Replaces the default columns with those for --by process. For "+COLUMNS", sets `*memory` to an
 * allocated list that the caller frees. Returns 0 or -ENOMEM.
 */
static int set_process_columns(struct dh_style *style, char **memory)
{
	if (!style->columns) {
		style->columns = PROCESS_COLUMNS;
	} else if (*style->columns == '+') {
		*memory = dh_text_format(PROCESS_COLUMNS ",%s", style->columns + 1);
		if (!*memory)
			return -ENOMEM;
		style->columns = *memory;
	}
	return 0;
}

/* Prints the callers that allocated from a region, or that allocate during a trace. */
static enum dh_status show_callers(const struct dh_env *env, const struct holders_options *chosen)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	dh_auto(cma_trace) struct dh_cma_trace trace = { 0 };
	enum dh_status written, status;

	status = chosen->duration ? dh_cma_trace_run(env, chosen->cma, chosen->duration,
							 &inventory, &trace)
				      : dh_cma_pages_run(env, chosen->cma, &inventory, &trace);

	if (status && status != DH_EXIT_INTERRUPTED)
		return status;
	written = dh_output_print(
		env,
		(struct dh_section[]){
			DH_LIST(dh_schema_cma_callers, trace.callers, trace.n_callers),
			DH_RECORD(dh_schema_cma_trace, &trace, 1),
		},
		2);
	return written ? written : status;
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct holders_options *chosen = options;
	const char *heap = chosen->heaps.n ? chosen->heaps.each[0] : NULL;
	const pid_t pid = (pid_t)chosen->pid;
	struct dh_holders_filter filter = {
		.by_inode = chosen->inode,
		.inode = chosen->inode,
		.pids = pid ? &pid : chosen->sharers.each,
		.n_pids = pid ? 1 : chosen->sharers.n,
		.own_rows = pid,
	};
	const bool by_heap = !filter.n_pids && !filter.by_inode && !chosen->device;
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	dh_auto(holders) struct dh_holders holders = { 0 };
	dh_auto(free) struct dh_holder_row *rows = NULL;
	dh_auto(free) const char **exporters = NULL;
	dh_auto(free) const char **devices = NULL;
	dh_auto(free) char *columns = NULL;
	struct dh_output output = { .env = env, .out = stdout, .style = env->style, .n = 2 };
	struct dh_holders_summary summary;
	struct dh_section total;
	enum dh_status status, written;
	int ret;
	size_t n;

	if (chosen->has_cma)
		return show_callers(env, chosen);
	status = dh_holders_collect(env, &holders);
	if (by_heap && (!status || holders.interrupted))
		status = dh_status_first(status, dh_heaps_read_names(env, &inventory));
	if (chosen->device && (!status || holders.interrupted))
		status = dh_status_first(status,
					 read_devices(env, &holders, chosen->device, &inventory));
	if (status && status != DH_EXIT_INTERRUPTED)
		return status;
	exporters = calloc(inventory.n_heaps + 1, sizeof(*exporters));
	ret = exporters ? 0 : -ENOMEM;
	if (!ret && heap) {
		filter.exporters = exporters;
		filter.n_exporters = resolve(&inventory, &holders, heap, exporters);
	}
	if (!ret && chosen->device) {
		ret = dh_select_attached(&inventory, chosen->device, &devices, &filter.n_devices);
		filter.devices = devices;
	}
	if (!ret)
		ret = dh_holders_rows(&holders, &filter, chosen->by_process, &rows, &n, &summary);
	if (!ret && chosen->by_process)
		ret = set_process_columns(&output.style, &columns);
	if (ret)
		return dh_fail(DH_EXIT_ERROR, ret, "grouping the holders: %m");

	if (by_heap)
		summary.others = dh_others_sum(&inventory, &holders, &filter);
	/* After an interrupt, a process or buffer that was not found may still exist. */
	if (!status)
		status = check_selection(env, &holders, &inventory, &filter, heap,
					 summary.buffers.value);
	if (pid && !status)
		dh_holders_count_sync_files(env, pid, &summary.sync_files);
	total = DH_RECORD(dh_schema_holders_summary, &summary, 1);
	total.line = true;
	output.sections = (struct dh_section[]){ DH_LIST(dh_schema_holders, rows, n), total };
	written = dh_output_write(&output);
	if (written)
		return written;
	if (!n && !status && env->style.format != DH_FORMAT_JSON)
		dh_remark(env, "no buffer found%s",
			  summary.buffers.known ? "" : " in the readable processes");
	remark_missing(env, &holders, &summary, &filter);
	remark_shared(env, &holders, &inventory, &filter);
	if (pid || chosen->inode)
		remark_command(env, &holders, rows, n);
	return status;
}

const struct dh_command dh_command_holders = {
	.name = "holders",
	.help = "show buffers, and the processes or kernel code that hold them",
	.arguments = "[HEAP]",
	.doc = "Show the dma-bufs that processes hold by descriptors and mappings, and those that "
	       "no process holds. HEAP selects the buffers of a heap, of a class of heaps (system, "
	       "cma, protected, carveout), or of another exporter.\v"
	       "Root sees all processes, attached devices, and buffers that only the kernel holds. "
	       "Status 3: no such heap, process, buffer or device; 4: permission denied.",
	.groups = (const struct dh_option_group[]){ { own, 0 }, { 0 } },
	.recorded = true,
	.interruptible = true,
	.size = sizeof(struct holders_options),
	.operands = DH_AT(struct holders_options, heaps),
	.nonempty = "the name of a heap",
	.check = check,
	.schema = &dh_schema_holders,
	.views = (const struct dh_view[]){ { &dh_schema_cma_callers, "cma",
					     DH_AT(struct holders_options, has_cma) },
					   { 0 } },
	.run = run,
};
