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
#include "base/units.h"
#include "cmd/commands.h"
#include "frame/answer.h"
#include "model/heap-selection.h"
#include "present/schemas.h"
#include "task/heaps.h"
#include "task/holders.h"

/* What is shown of processes, in place of the schema's choice, which is for buffers. */
#define OF_PROCESSES "PID,PROCESS,BUFFERS,FDS,MAPS,RSS,PSS"

struct holders_options {
	struct dh_words heaps; /* one at most: a name or a class, or any exporter's name */
	bool has_pid;
	uint64_t pid;
	bool has_inode;
	uint64_t inode;
	bool by_process;
};

static const char *parse_view(const char *text, void *field)
{
	bool *by_process = field;

	*by_process = !strcmp(text, "process");
	return *by_process || !strcmp(text, "buffer") ? NULL : "buffer or process";
}

static const struct dh_option own[] = {
	{ DH_OPTION_HEADING, .group = 1, .help = "Which of them:" },
	{ DH_OPTION_COUNT, .name = "pid", .argument = "PID", .least = 1, .most = INT32_MAX,
	  .given = DH_AT(struct holders_options, has_pid),
	  .field = DH_AT(struct holders_options, pid), .wanted = "the number of a process",
	  .help = "what this process holds" },
	{ DH_OPTION_COUNT, .name = "inode", .argument = "N", .least = 1, .most = UINT64_MAX,
	  .given = DH_AT(struct holders_options, has_inode),
	  .field = DH_AT(struct holders_options, inode), .wanted = "the inode number of a dma-buf",
	  .help = "who holds this buffer" },
	{ DH_OPTION_PARSED, .name = "by", .argument = "VIEW", .parse = parse_view,
	  .field = DH_AT(struct holders_options, by_process),
	  .help = "a row for each buffer and holder (buffer), or for each process (process)" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_SENTENCE_MAX])
{
	const struct holders_options *chosen = options;

	(void)env;
	(void)out;
	if (chosen->heaps.n > 1)
		return "one HEAP at most";
	if (chosen->has_pid + chosen->has_inode + (chosen->heaps.n > 0) > 1)
		return "HEAP, --pid and --inode exclude each other";
	return NULL;
}

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
		if (dh_heap_matches(inventory, inventory->heaps[i].name, what))
			names[n++] = inventory->heaps[i].name;
	return n;
}

static enum dh_status missing_heap(const struct dh_env *env, const struct dh_inventory *inventory,
				   const char *what)
{
	enum dh_status status = dh_heaps_unread(env, inventory);

	if (status)
		return status;
	if (dh_kind_by_name(what) != DH_KIND_UNKNOWN)
		return dh_fail(DH_EXIT_NOT_FOUND, "no heap of the class '%s'", what);
	return dh_fail(DH_EXIT_NOT_FOUND,
		       "no heap '%s', and no buffer of an exporter of that name; 'dmaheapctl list' "
		       "has the heaps",
		       what);
}

static enum dh_status missing_process(const struct dh_holders *holders, pid_t pid)
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

static enum dh_status missing_buffer(const struct dh_holders *holders, uint64_t inode)
{
	if (!holders->listed && dh_holders_incomplete(holders))
		return dh_fail(DH_EXIT_PERMISSION,
			       "buffer %" PRIu64 ": not seen, but not all processes may be read",
			       inode);
	return dh_fail(DH_EXIT_NOT_FOUND, "no buffer %" PRIu64 "%s", inode,
		       holders->listed ? "" : " in any process");
}

/* Could nobody but this very process be looked at? */
static bool saw_nothing(const struct dh_env *env, const struct dh_holders *holders)
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

/* --- What could not be seen --------------------------------------------------------- */

static void remark_on_list(const struct dh_env *env, bool listed, int error)
{
	const char *why;

	if (error == -EACCES || error == -EPERM)
		why = "debugfs tells them to root alone";
	else if (error == -ENOENT && !env->root.live)
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
	dh_remark(env, "attached devices%s are unknown: %s",
		  listed ? "" : " and buffers that no process holds", why);
}

static void remark_on_sight(const struct dh_env *env, const struct dh_holders *holders,
			    const struct dh_holders_summary *summary, bool by_exporter)
{
	const char *who_sees = geteuid() ? "root sees all" : "it takes CAP_SYS_PTRACE";
	size_t nameless = 0;

	if (summary->unreadable.value)
		dh_remark(env, "%" PRIu64 " %s may not be read, and what %s not shown: %s",
			  summary->unreadable.value,
			  summary->unreadable.value == 1 ? "process" : "processes",
			  summary->unreadable.value == 1 ? "it holds is" : "they hold is",
			  who_sees);
	if (holders->hidden)
		dh_remark(env, "/proc hides other users' processes (its option hidepid): %s",
			  who_sees);
	if (holders->unidentified)
		dh_remark(env,
			  "descriptors not shown, since fdinfo does not tell of which buffer: "
			  "%" PRIu64,
			  holders->unidentified);
	for (size_t i = 0; i < holders->n_buffers && by_exporter; i++)
		nameless += !holders->buffers[i].exporter && holders->buffers[i].n_holders;
	if (nameless)
		dh_remark(env,
			  "mapped buffers not shown, since without a descriptor their exporter is "
			  "unknown: %zu",
			  nameless);
	if (holders->list_error)
		remark_on_list(env, holders->listed, holders->list_error);
}

/* Which heap is a buffer of that does not have its heap's name? */
static void remark_on_shared(const struct dh_env *env, const struct dh_holders *holders,
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
			  "buffers not shown, since this kernel does not tell from which heap they "
			  "are: %zu ('dmaheapctl holders %s' shows those of all such heaps)",
			  n, exporter);
}

/* --- The command -------------------------------------------------------------------- */

/* Says what of that which was asked for is not there. */
static enum dh_status missing(const struct dh_env *env, const struct dh_holders *holders,
			      const struct dh_inventory *inventory,
			      const struct dh_holders_filter *filter, const char *heap,
			      uint64_t buffers)
{
	if (saw_nothing(env, holders))
		return dh_fail(DH_EXIT_PERMISSION, "no process may be read: %s", strerror(EACCES));
	if (filter->by_pid)
		return missing_process(holders, filter->pid);
	if (filter->by_inode && !buffers)
		return missing_buffer(holders, filter->inode);
	if (filter->by_exporter && !filter->n_exporters)
		return missing_heap(env, inventory, heap);
	return DH_EXIT_DONE;
}

/* Puts the columns of processes in place of the default ones. 0 or -ENOMEM. */
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

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct holders_options *chosen = options;
	const char *heap = chosen->heaps.n ? chosen->heaps.each[0] : NULL;
	struct dh_holders_filter filter = {
		.by_pid = chosen->has_pid,
		.pid = (pid_t)chosen->pid,
		.by_inode = chosen->has_inode,
		.inode = chosen->inode,
		.by_exporter = heap,
	};
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	dh_auto(holders) struct dh_holders holders = { 0 };
	dh_auto(free) struct dh_holder_row *rows = NULL;
	dh_auto(free) const char **exporters = NULL;
	dh_auto(free) char *columns = NULL;
	struct dh_answer answer = { .out = stdout, .style = env->style, .n = 2 };
	struct dh_holders_summary summary;
	enum dh_status status, written;
	int ret;
	size_t n;

	status = dh_holders_collect(env, &holders);
	if (!status && heap)
		status = dh_heaps_read_names(env, &inventory);
	if (status)
		return status;
	exporters = calloc(inventory.n_heaps + 1, sizeof(*exporters));
	ret = exporters ? 0 : -ENOMEM;
	if (!ret && heap) {
		filter.exporters = exporters;
		filter.n_exporters = resolve(&inventory, &holders, heap, exporters);
	}
	if (!ret)
		ret = dh_holders_rows(&holders, &filter, chosen->by_process, &rows, &n, &summary);
	if (!ret && chosen->by_process)
		ret = choose_columns(&answer.style, &columns);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "grouping the holders: %s", strerror(-ret));

	status = missing(env, &holders, &inventory, &filter, heap, summary.buffers);
	answer.sections = (struct dh_section[]){
		DH_LIST(dh_schema_holders, rows, n),
		DH_RECORD(dh_schema_holders_summary, &summary, 1),
	};
	written = dh_answer_write(&answer);
	if (written)
		return written;
	remark_on_sight(env, &holders, &summary, filter.by_exporter);
	remark_on_shared(env, &holders, &inventory, &filter);
	return status;
}

const struct dh_command dh_command_holders = {
	.name = "holders",
	.help = "show which processes hold which buffers, and what only the kernel holds",
	.arguments = "[HEAP]",
	.doc = "Show which processes hold which dma-bufs, by descriptors and by mappings, and the "
	       "buffers that no process holds. With HEAP those of one heap, of a class of heaps "
	       "(system, cma, protected, carveout), or of any exporter.\v"
	       "Root sees all processes, attached devices, and what the kernel alone holds. "
	       "Status 3: no such heap, process or buffer; 4: nothing may be read.",
	.groups = (const struct dh_option_group[]){ { own, 0 }, { 0 } },
	.recorded = true,
	.size = sizeof(struct holders_options),
	.words = DH_AT(struct holders_options, heaps),
	.word = "the name of a heap",
	.check = check,
	.schema = &dh_schema_holders,
	.run = run,
};
