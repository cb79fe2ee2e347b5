// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/holders.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/buffer-list.h"
#include "discover/proc-task.h"

static pid_t pid_of(const struct dh_proc_task *process)
{
	return process->reader->holders->processes[process->process].pid;
}

/* --- Threads ------------------------------------------------------------------------ */

static void add_results(struct dh_proc_task *process, const struct dh_proc_task *thread)
{
	process->found = process->found || thread->found;
	process->refused = process->refused || thread->refused;
}

/*
 * Reads all descriptors and mappings of a process or thread, and sets task->found and
 * task->refused. Returns 0, -ESRCH if the task has ended, or a fatal error (dh_proc_fatal_error()).
 */
static int read_task(struct dh_proc_task *task)
{
	int fds = dh_proc_task_read_fds(task), maps;
	bool empty;

	if (dh_proc_fatal_error(fds))
		return fds;
	maps = dh_proc_task_read_maps(task, &empty);
	if (dh_proc_fatal_error(maps))
		return maps;

	task->found = task->found || (!maps && !empty);
	if (maps && !dh_proc_error_is_gone(maps))
		task->refused = true;
	if (fds && !dh_proc_error_is_gone(fds) && !empty)
		task->refused = true;
	return dh_proc_error_is_gone(fds) && dh_proc_error_is_gone(maps) ? -ESRCH : 0;
}

static int visit_next_thread(void *data, const char *name)
{
	struct dh_proc_task *process = data, thread = *process;
	dh_auto(fd) int dir = -1;
	pid_t tid;
	int ret;

	if (process->found || process->refused || !dh_proc_parse_id(name, &tid) ||
	    tid == pid_of(process))
		return 0;
	dir = dh_proc_open_thread(process->dir, tid);
	if (dir < 0)
		return dh_proc_fatal_error(dir);
	thread.dir = dir;
	thread.is_thread = true;
	ret = read_task(&thread);
	add_results(process, &thread);
	return dh_proc_fatal_error(ret);
}

static int read_process(struct dh_proc_task *process)
{
	int ret = read_task(process);

	if (ret || process->found || process->refused)
		return ret;
	/*
	 * If the main thread has ended, its fd directory and maps are empty: read the next thread
	 * instead.
	 */
	return dh_proc_fatal_error(dh_dir_each(process->dir, "task", visit_next_thread, process));
}

/*
 * Reads those descriptors of a thread that `refs` lists. If `refs` contains DH_TASK_REF_MAPPING,
 * also reads the file maps and sets `*mapped`, unless `*mapped` is already set: all threads of a
 * process have the same mappings.
 */
static int read_thread_refs(struct dh_proc_task *thread, const struct dh_task_ref *refs, size_t n,
			    bool *mapped)
{
	int ret = dh_proc_task_read_refs(thread, refs, n);
	bool empty;

	/* DH_TASK_REF_MAPPING is -1, so it precedes all descriptors of the thread. */
	if (refs[0].fd == DH_TASK_REF_MAPPING && !*mapped && !dh_proc_fatal_error(ret)) {
		int maps = dh_proc_task_read_maps(thread, &empty);

		*mapped = !maps;
		ret = maps ? maps : ret;
	}
	thread->found = true;
	thread->refused = thread->refused || (ret && !dh_proc_error_is_gone(ret));
	return dh_proc_fatal_error(ret);
}

/*
 * Reads those descriptors and mappings of a process that `refs` lists, thread by thread. If a
 * thread has its own descriptor table, only the directory of that thread shows the table.
 */
static int read_process_refs(struct dh_proc_task *process, const struct dh_task_ref *refs, size_t n)
{
	bool mapped = false;
	int ret = 0;

	for (size_t i = 0, count; i < n && !ret; i += count) {
		const pid_t tid = refs[i].tid;
		const bool is_main = tid == pid_of(process);
		dh_auto(fd) int dir = is_main ? -1 : dh_proc_open_thread(process->dir, tid);
		struct dh_proc_task thread = {
			.reader = process->reader,
			.process = process->process,
			.dir = is_main ? process->dir : dir,
			.is_thread = !is_main,
		};

		for (count = 1; i + count < n && refs[i + count].tid == tid;)
			count++;
		ret = thread.dir < 0 ? dh_proc_fatal_error(thread.dir)
				     : read_thread_refs(&thread, refs + i, count, &mapped);
		add_results(process, &thread);
	}
	return ret;
}

static int read_name(int dir, struct dh_process *process)
{
	char name[256];

	if (dh_file_read(dir, "comm", name, sizeof(name)) < 0)
		return 0;
	return dh_text_copy(&process->name, name);
}

/*
 * Reads the descriptors of a thread, unless it is the main thread or shares the main thread's
 * descriptor table.
 */
static int visit_unshared_thread(void *data, const char *name)
{
	const struct dh_proc_task *process = data;
	struct dh_proc_task thread = *process;
	dh_auto(fd) int dir = -1;
	pid_t tid;
	int ret;

	if (!dh_proc_parse_id(name, &tid) || tid == pid_of(process) ||
	    dh_proc_threads_share_fds(process->reader->root, pid_of(process), tid))
		return 0;
	dir = dh_proc_open_thread(process->dir, tid);
	if (dir < 0)
		return dh_proc_fatal_error(dir);
	thread.dir = dir;
	thread.is_thread = true;
	thread.held_before = process->reader->holders->n_holdings;
	ret = dh_proc_task_read_fds(&thread);
	return dh_proc_fatal_error(ret);
}

/*
 * Searches for buffers that have no holder so far, in the descriptor tables of threads that do not
 * share the table of the main thread. This function examines all threads of all readable processes,
 * so call it only if there are such buffers.
 */
static int read_unshared_threads(struct dh_proc_reader *reader)
{
	struct dh_holders *holders = reader->holders;
	int ret = 0;

	for (size_t i = 0; i < holders->n_processes && !ret; i++) {
		struct dh_process *process = &holders->processes[i];
		size_t n_holdings = holders->n_holdings;
		dh_auto(fd) int dir = -1;
		struct dh_proc_task task;
		struct stat facts;

		if (process->state != DH_PROCESS_READ)
			continue;
		dir = dh_proc_open_process(reader->root->proc, process->pid);
		ret = dh_proc_fatal_error(dir);
		/*
		 * The directory "task" has two links, and one more for each thread: 3 means a
		 * single thread.
		 */
		if (dir < 0 ||
		    (reader->root->live && !fstatat(dir, "task", &facts, 0) && facts.st_nlink == 3))
			continue;
		task = (struct dh_proc_task){
			.reader = reader,
			.process = i,
			.dir = dir,
			.unheld_only = true,
		};
		ret = dh_proc_fatal_error(dh_dir_each(dir, "task", visit_unshared_thread, &task));
		if (holders->n_holdings > n_holdings && !process->name && read_name(dir, process))
			ret = -ENOMEM;
	}
	return ret;
}

/* --- Processes ---------------------------------------------------------------------- */

static int visit_process(void *data, pid_t pid)
{
	struct dh_proc_reader *reader = data;
	struct dh_holders *holders = reader->holders;
	size_t n_holdings = holders->n_holdings, n_pending = reader->n_pending, n_refs = 0;
	const struct dh_task_ref *refs = NULL;
	struct dh_process *process;
	dh_auto(fd) int dir = -1;
	struct dh_proc_task task;
	int ret;

	reader->has_init = reader->has_init || pid == 1;
	process = dh_holders_add_process(holders, pid);
	if (!process)
		return -ENOMEM;
	if (reader->refs) {
		n_refs = dh_task_refs_find(reader->refs, pid, &refs);
		if (!n_refs)
			return 0;
	}
	dir = dh_proc_open_process(reader->root->proc, pid);
	if (dh_proc_fatal_error(dir))
		return dir;
	if (dir < 0) {
		process->state =
			dh_proc_error_is_gone(dir) ? DH_PROCESS_VANISHED : DH_PROCESS_REFUSED;
		return 0;
	}

	task = (struct dh_proc_task){ .reader = reader,
				      .process = holders->n_processes - 1,
				      .dir = dir };
	ret = n_refs ? read_process_refs(&task, refs, n_refs) : read_process(&task);
	if (dh_proc_fatal_error(ret))
		return ret;
	process->state = task.refused ? DH_PROCESS_REFUSED
			 : ret	      ? DH_PROCESS_VANISHED
			 : task.found ? DH_PROCESS_READ
				      : DH_PROCESS_BARE;
	if (holders->n_holdings > n_holdings || reader->n_pending > n_pending)
		return read_name(dir, process);
	return 0;
}

static void note_processes(const struct dh_root *root, const struct dh_holders *holders)
{
	size_t n[DH_PROCESS_VANISHED + 1] = { 0 };

	for (size_t i = 0; i < holders->n_processes; i++)
		n[holders->processes[i].state]++;
	dh_note(root->log, "proc: processes read: %zu, unreadable: %zu, ended: %zu",
		n[DH_PROCESS_READ], n[DH_PROCESS_REFUSED], n[DH_PROCESS_VANISHED]);
}

static bool has_unheld(const struct dh_holders *holders)
{
	for (size_t i = 0; i < holders->n_buffers; i++)
		if (!holders->buffers[i].last)
			return true;
	return false;
}

int dh_holders_read(const struct dh_root *root, struct dh_holders *holders)
{
	dh_auto(proc_reader) struct dh_proc_reader reader = { .root = root, .holders = holders };
	dh_auto(buffer_list) struct dh_buffer_list list = { .link = -1 };
	dh_auto(task_refs) struct dh_task_refs refs = { 0 };
	int ret;

	*holders = (struct dh_holders){ 0 };
	ret = dh_buffer_list_read(&list, root, holders);
	if (root->live && !dh_task_refs_read(root, &refs))
		reader.refs = &refs;
	if (!ret)
		ret = dh_proc_each(root->proc, "reading /proc", visit_process, &reader);
	holders->interrupted = ret == -EINTR;
	if (!ret || holders->interrupted)
		ret = dh_proc_add_pending(&reader);
	if (ret)
		return ret;

	/* Every PID namespace has a process 1. If /proc does not show it, hidepid is in effect. */
	holders->hidden = root->complete && !holders->interrupted && !reader.has_init;
	note_processes(root, holders);
	if (holders->listed && !holders->interrupted && has_unheld(holders)) {
		if (!reader.refs)
			ret = read_unshared_threads(&reader);
		dh_buffer_list_read_again(&list);
		/* A signal may have ended the second read early: check again. */
		holders->interrupted = dh_interrupted();
	}
	return ret ? ret : dh_holders_group(holders);
}

int dh_holders_read_process(const struct dh_root *root, pid_t pid, struct dh_holders *holders)
{
	dh_auto(proc_reader) struct dh_proc_reader reader = { .root = root, .holders = holders };
	dh_auto(fd) int init = dh_file_open(root->proc, "1", O_PATH | O_NOFOLLOW);
	int ret;

	*holders = (struct dh_holders){ .hidden = root->complete && init == -ENOENT };
	if (init == -DH_NOT_MOUNTED || dh_proc_fatal_error(init))
		return init;
	ret = visit_process(&reader, pid);
	if (!ret)
		ret = dh_proc_add_pending(&reader);
	return ret ? ret : dh_holders_group(holders);
}
