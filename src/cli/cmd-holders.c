// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * holders: which process holds which buffer.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/diagnose.h"
#include "cli/options.h"
#include "cli/status.h"
#include "discover/discover.h"
#include "discover/holders.h"
#include "model/selection.h"
#include "present/schemas.h"

/* What is shown of processes, in place of the schema's choice, which is for buffers. */
#define OF_PROCESSES "PID,PROCESS,BUFFERS,FDS,MAPS,RSS,PSS"

struct holders_options {
	struct dh_context *context;
	const char *heap; /* a name or a class, or any exporter's name; NULL: not given */
	struct dh_holders_filter filter;
	bool by_process;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Which of them:", 1 },
	{ "pid", DH_KEY_PID, "PID", 0, "what this process holds", 0 },
	{ "inode", DH_KEY_INODE, "N", 0, "who holds this buffer", 0 },
	{ "by", DH_KEY_BY, "VIEW", 0,
	  "a row for each buffer and holder (buffer), or for each process (process)", 0 },
	{ 0 },
};

static void parse_view(struct argp_state *state, const char *arg)
{
	struct holders_options *chosen = state->input;

	if (!strcmp(arg, "process"))
		chosen->by_process = true;
	else if (!strcmp(arg, "buffer"))
		chosen->by_process = false;
	else
		dh_options_reject(state, "--by", arg, "buffer or process");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct holders_options *chosen = state->input;
	struct dh_holders_filter *filter = &chosen->filter;
	uint64_t pid;

	switch (key) {
	case ARGP_KEY_INIT:
		dh_options_groups(state, chosen->context);
		return 0;
	case DH_KEY_PID:
		if (dh_parse_count(arg, 1, INT32_MAX, &pid))
			dh_options_reject(state, "--pid", arg, "the number of a process");
		filter->by_pid = true;
		filter->pid = (pid_t)pid;
		return 0;
	case DH_KEY_INODE:
		if (dh_parse_count(arg, 1, UINT64_MAX, &filter->inode))
			dh_options_reject(state, "--inode", arg, "the inode number of a dma-buf");
		filter->by_inode = true;
		return 0;
	case DH_KEY_BY:
		parse_view(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		dh_options_check_heap(state, arg);
		if (chosen->heap)
			argp_error(state, "one HEAP at most");
		chosen->heap = arg;
		return 0;
	case ARGP_KEY_END:
		if (filter->by_pid + filter->by_inode + (chosen->heap != NULL) > 1)
			argp_error(state, "HEAP, --pid and --inode exclude each other");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[HEAP]",
	.doc = "Show which processes hold which dma-bufs, by descriptors and by mappings, and the "
	       "buffers that no process holds. With HEAP those of one heap, of a class of heaps "
	       "(system, cma, protected, carveout), or of any exporter.\v"
	       "Root sees all processes, attached devices, and what the kernel alone holds. "
	       "Status 3: no such heap, process or buffer; 4: nothing may be read.",
	.children = (const struct argp_child[]){ { .argp = &dh_view_argp }, { 0 } },
};

/* --- What is asked for -------------------------------------------------------------- */

static bool is_exporter(const struct dh_holders *holders, const char *name)
{
	for (size_t i = 0; i < holders->n_buffers; i++)
		if (holders->buffers[i].exporter && !strcmp(holders->buffers[i].exporter, name))
			return true;
	return false;
}

/*
 * The exporters that HEAP stands for: `names` has room for all heaps and one more.
 * Returns how many there are.
 */
static size_t resolve(const struct dh_inventory *inventory, const struct dh_holders *holders,
		      const char *what, const char **names)
{
	size_t n = 0;

	if (is_exporter(holders, what)) {
		names[n++] = what;
		return n;
	}
	for (size_t i = 0; i < inventory->n_heaps; i++)
		if (dh_heap_answers_to(inventory, &inventory->heaps[i], what))
			names[n++] = inventory->heaps[i].name;
	return n;
}

static int missing_heap(const struct dh_context *context, const struct dh_inventory *inventory,
			const char *what)
{
	int status = dh_diagnose_unread(context, inventory);
	char safe[256];

	if (status)
		return status;
	dh_text_escape_into(what, safe, sizeof(safe));
	if (dh_kind_by_name(what) != DH_KIND_UNKNOWN)
		return dh_fail(DH_EXIT_NOT_FOUND, "no heap of the class '%s'", safe);
	return dh_fail(DH_EXIT_NOT_FOUND,
		       "no heap '%s', and no buffer of an exporter of that name; 'dmaheapctl list' "
		       "has the heaps",
		       safe);
}

static int missing_process(const struct dh_holders *holders, pid_t pid)
{
	for (size_t i = 0; i < holders->n_processes; i++) {
		const struct dh_process *process = &holders->processes[i];

		if (process->pid != pid || process->state == DH_PROCESS_VANISHED)
			continue;
		if (process->state != DH_PROCESS_REFUSED)
			return DH_EXIT_DONE;
		return dh_fail(DH_EXIT_PERMISSION,
			       "process %d: its descriptors and mappings may not all be read: %s",
			       (int)pid, strerror(EACCES));
	}
	if (holders->hidden)
		return dh_fail(DH_EXIT_PERMISSION,
			       "process %d: not seen, but /proc hides other users' processes",
			       (int)pid);
	return dh_fail(DH_EXIT_NOT_FOUND, "no process %d", (int)pid);
}

static int missing_buffer(const struct dh_holders *holders, uint64_t inode)
{
	if (!holders->listed && dh_holders_incomplete(holders))
		return dh_fail(DH_EXIT_PERMISSION,
			       "buffer %" PRIu64 ": not seen, but not all processes may be read",
			       inode);
	return dh_fail(DH_EXIT_NOT_FOUND, "no buffer %" PRIu64 "%s", inode,
		       holders->listed ? "" : " in any process");
}

/* Could nobody but this very process be looked at? */
static bool saw_nothing(const struct dh_context *context, const struct dh_holders *holders)
{
	bool refused = holders->hidden;

	if (holders->listed)
		return false;
	for (size_t i = 0; i < holders->n_processes; i++) {
		const struct dh_process *process = &holders->processes[i];

		if (process->state == DH_PROCESS_READ &&
		    !(context->root.live && process->pid == getpid()))
			return false;
		refused = refused || process->state == DH_PROCESS_REFUSED;
	}
	return refused;
}

/* --- What could not be seen --------------------------------------------------------- */

static void remark_on_list(const struct dh_context *context, int error)
{
	const char *why;

	if (error == -EACCES || error == -EPERM)
		why = "debugfs tells them to root alone";
	else if (error == -ENOENT && !context->root.live)
		why = "there is no sys/kernel/debug/dma_buf/bufinfo";
	else if (error == -ENOENT)
		why = "debugfs has them where it is mounted (mount -t debugfs none "
		      "/sys/kernel/debug), with CONFIG_DEBUG_FS";
	else if (error == -EBADMSG || error == -EOPNOTSUPP)
		why = "debugfs dma_buf/bufinfo is not of a known form";
	else if (error == -DH_NOT_MOUNTED)
		why = "/sys is not mounted";
	else
		why = strerror(-error);
	dh_remark(context, "attached devices and buffers that no process holds are unknown: %s",
		  why);
}

static void remark_on_sight(const struct dh_context *context, const struct dh_holders *holders,
			    const struct dh_holders_summary *summary, bool by_exporter)
{
	const char *who_sees = geteuid() ? "root sees all" : "it takes CAP_SYS_PTRACE";
	size_t nameless = 0;

	if (summary->unreadable.value)
		dh_remark(context, "%" PRIu64 " %s may not be read, and what %s not shown: %s",
			  summary->unreadable.value,
			  summary->unreadable.value == 1 ? "process" : "processes",
			  summary->unreadable.value == 1 ? "it holds is" : "they hold is",
			  who_sees);
	if (holders->hidden)
		dh_remark(context, "/proc hides other users' processes (its option hidepid): %s",
			  who_sees);
	if (holders->unidentified)
		dh_remark(context,
			  "descriptors not shown, since fdinfo does not tell of which buffer: "
			  "%" PRIu64,
			  holders->unidentified);
	for (size_t i = 0; i < holders->n_buffers && by_exporter; i++)
		nameless += !holders->buffers[i].exporter && holders->buffers[i].n_holders;
	if (nameless)
		dh_remark(context,
			  "mapped buffers not shown, since without a descriptor their exporter is "
			  "unknown: %zu",
			  nameless);
	if (!holders->listed)
		remark_on_list(context, holders->list_error);
}

/* Which heap is a buffer of that does not have its heap's name? */
static void remark_on_shared(const struct dh_context *context, const struct dh_holders *holders,
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
		dh_remark(context,
			  "buffers not shown, since this kernel does not tell from which heap they "
			  "are: %zu ('dmaheapctl holders %s' shows those of all such heaps)",
			  n, exporter);
}

/* --- The command -------------------------------------------------------------------- */

/* Puts the columns of processes in place of the default ones. `room` is freed by the caller. */
static int choose_columns(struct dh_style *style, char **room)
{
	if (!style->columns) {
		style->columns = OF_PROCESSES;
	} else if (*style->columns == '+') {
		if (asprintf(room, OF_PROCESSES ",%s", style->columns + 1) < 0) {
			*room = NULL;
			return -ENOMEM;
		}
		style->columns = *room;
	}
	return 0;
}

static int run(struct dh_context *context, int argc, char **argv)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	dh_auto(holders) struct dh_holders holders = { 0 };
	struct holders_options chosen = { .context = context };
	struct dh_holders_filter *filter = &chosen.filter;
	dh_auto(free) struct dh_holder_row *rows = NULL;
	dh_auto(free) const char **exporters = NULL;
	dh_auto(free) char *columns = NULL;
	struct dh_holders_summary summary;
	int status, written, ret;
	size_t n;

	status = dh_command_begin(context, &dh_command_holders, argc, argv, &chosen);
	if (status)
		return status;

	ret = dh_holders_read(&context->root, &holders);
	if (ret)
		return dh_fail(dh_status_of(ret), "reading /proc: %s", dh_error_text(-ret));
	if (chosen.heap) {
		ret = dh_discover(&context->root, DH_WANT_HEAPS, &inventory);
		exporters = calloc(inventory.n_heaps + 1, sizeof(*exporters));
		if (ret || !exporters)
			return dh_fail(DH_EXIT_REFUSED, "reading the heaps: %s", strerror(ENOMEM));
		filter->by_exporter = true;
		filter->exporters = exporters;
		filter->n_exporters = resolve(&inventory, &holders, chosen.heap, exporters);
	}

	ret = dh_holders_rows(&holders, filter, chosen.by_process, &rows, &n, &summary);
	if (!ret && chosen.by_process)
		ret = choose_columns(&context->style, &columns);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "grouping the holders: %s", strerror(-ret));

	if (saw_nothing(context, &holders))
		status =
			dh_fail(DH_EXIT_PERMISSION, "no process may be read: %s", strerror(EACCES));
	else if (filter->by_pid)
		status = missing_process(&holders, filter->pid);
	else if (filter->by_inode && !summary.buffers)
		status = missing_buffer(&holders, filter->inode);
	else if (filter->by_exporter && !filter->n_exporters)
		status = missing_heap(context, &inventory, chosen.heap);

	written = dh_command_write(context,
				   (struct dh_section[]){
					   DH_LIST(dh_schema_holders, rows, n),
					   DH_RECORD(dh_schema_holders_summary, &summary, 1),
				   },
				   2);
	if (written)
		return written;
	remark_on_sight(context, &holders, &summary, filter->by_exporter);
	remark_on_shared(context, &holders, &inventory, filter);
	return status;
}

const struct dh_command dh_command_holders = {
	.name = "holders",
	.help = "show which processes hold which buffers, and what only the kernel holds",
	.argp = &argp,
	.schema = &dh_schema_holders,
	.run = run,
};
