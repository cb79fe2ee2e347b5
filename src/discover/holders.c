// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/holders.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/units.h"
#include "discover/buffer-list.h"
#include "discover/proc-task.h"

/* --- Processes ---------------------------------------------------------------------- */

static bool parse_id(const char *name, pid_t *id)
{
	uint64_t number;

	if (!dh_digits_parse(name, strlen(name), 10, 1, &number) || !number || number > INT32_MAX)
		return false;
	*id = (pid_t)number;
	return true;
}

static pid_t pid_of(const struct dh_proc_task *process)
{
	return process->scan->holders->processes[process->process].pid;
}

/* A descriptor of /proc/PID/task/TID that the caller owns, or -errno. */
static int open_thread(const struct dh_proc_task *process, pid_t tid)
{
	char path[32];

	snprintf(path, sizeof(path), "task/%d", (int)tid);
	return dh_file_open(process->dir, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

/* What was found in a thread is its process's. */
static void add_thread(struct dh_proc_task *process, const struct dh_proc_task *thread)
{
	process->found = process->found || thread->found;
	process->refused = process->refused || thread->refused;
}

/* All descriptors and mappings of a process or a thread. 0; -ESRCH where it is gone. */
static int read_task(struct dh_proc_task *task)
{
	int fds = dh_proc_task_read_fds(task), maps;
	bool empty;

	if (dh_proc_error_is_fatal(fds))
		return fds;
	maps = dh_proc_task_read_maps(task, &empty);
	if (dh_proc_error_is_fatal(maps))
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
	struct dh_proc_task *process = data;
	dh_auto(fd) int dir = -1;
	struct dh_proc_task thread;
	pid_t tid;
	int ret;

	if (process->found || process->refused || !parse_id(name, &tid) || tid == pid_of(process))
		return 0;
	dir = open_thread(process, tid);
	if (dir < 0)
		return 0;
	thread = (struct dh_proc_task){ .scan = process->scan,
					.process = process->process,
					.dir = dir };
	ret = read_task(&thread);
	add_thread(process, &thread);
	return dh_proc_error_is_fatal(ret) ? ret : 0;
}

/* Where no program told which descriptors to read. */
static int read_process(struct dh_proc_task *process)
{
	int ret = read_task(process), threads;

	if (ret || process->found || process->refused)
		return ret;
	/* If the first thread has ended, its directory is empty, and the next one's has all. */
	threads = dh_dir_each(process->dir, "task", visit_next_thread, process);
	return dh_proc_error_is_fatal(threads) ? threads : 0;
}

/* The descriptors sighted in one thread, and the mappings unless `mapped` says they were read. */
static int read_sighted_thread(struct dh_proc_task *thread, const struct dh_task_ref *sightings,
			       size_t n, bool *mapped)
{
	int ret = dh_proc_task_read_refs(thread, sightings, n);
	bool empty;

	/* A sighting of mappings is the first of its thread. */
	if (sightings[0].fd == DH_TASK_REF_MAPPING && !*mapped && !dh_proc_error_is_fatal(ret)) {
		int maps = dh_proc_task_read_maps(thread, &empty);

		*mapped = !maps;
		ret = maps ? maps : ret;
	}
	thread->found = true;
	thread->refused = thread->refused || (ret && !dh_proc_error_is_gone(ret));
	return dh_proc_error_is_fatal(ret) ? ret : 0;
}

/*
 * The sightings of a process, a thread at a time: a thread can have a descriptor table of its
 * own, which its own directory shows. All threads share the mappings.
 */
static int read_sighted(struct dh_proc_task *process, const struct dh_task_ref *sightings, size_t n)
{
	const pid_t pid = pid_of(process);
	bool mapped = false;
	int ret = 0;

	for (size_t i = 0, count; i < n && !ret; i += count) {
		const pid_t tid = sightings[i].tid;
		dh_auto(fd) int dir = tid == pid ? -1 : open_thread(process, tid);
		struct dh_proc_task thread = {
			.scan = process->scan,
			.process = process->process,
			.dir = tid == pid ? process->dir : dir,
		};

		for (count = 1; i + count < n && sightings[i + count].tid == tid;)
			count++;
		if (thread.dir < 0)
			continue;
		ret = read_sighted_thread(&thread, sightings + i, count, &mapped);
		add_thread(process, &thread);
	}
	return ret;
}

static int read_name(int dir, struct dh_process *process)
{
	char name[256];

	if (dh_file_read(dir, "comm", name, sizeof(name)) < 0)
		return 0;
	process->name = strdup(name);
	return process->name ? 0 : -ENOMEM;
}

/* Do the two share one table of descriptors? False where that is unknown. */
static bool share_fds(const struct dh_root *root, pid_t a, pid_t b)
{
	char self[16];
	ssize_t length = readlinkat(root->proc, "self", self, sizeof(self) - 1);

	if (!root->live || length <= 0)
		return false;
	self[length] = '\0';
	/* /proc may have the numbers of another namespace. */
	return atoi(self) == getpid() && !syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0);
}

/* A thread other than the first, which may have a table of its own (unshare(CLONE_FILES)). */
static int visit_other_thread(void *data, const char *name)
{
	const struct dh_proc_task *process = data;
	struct dh_proc_reader *scan = process->scan;
	dh_auto(fd) int dir = -1;
	struct dh_proc_task thread;
	pid_t tid;
	int ret;

	if (!parse_id(name, &tid) || tid == pid_of(process) ||
	    share_fds(scan->root, pid_of(process), tid))
		return 0;
	dir = open_thread(process, tid);
	if (dir < 0)
		return dh_proc_error_is_fatal(dir) ? dir : 0;
	thread = (struct dh_proc_task){
		.scan = scan,
		.process = process->process,
		.dir = dir,
		.unheld_only = true,
		.held_before = scan->holders->n_holdings,
	};
	ret = dh_proc_task_read_fds(&thread);
	return dh_proc_error_is_fatal(ret) ? ret : 0;
}

/*
 * Buffers that nothing seems to hold may be in a table of a thread of its own. Looking into all
 * threads costs too much where it is not needed.
 */
static int read_threads(struct dh_proc_reader *scan)
{
	struct dh_holders *holders = scan->holders;
	int ret = 0;

	for (size_t i = 0; i < holders->n_processes && !dh_proc_error_is_fatal(ret); i++) {
		struct dh_process *process = &holders->processes[i];
		size_t n_holdings = holders->n_holdings;
		dh_auto(fd) int dir = -1;
		struct stat facts;
		char name[16];

		if (process->state != DH_PROCESS_READ)
			continue;
		snprintf(name, sizeof(name), "%d", (int)process->pid);
		dir = dh_file_open(scan->root->proc, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
		/* Two links of a folder are its own; each thread's folder adds one. */
		if (dir < 0 ||
		    (scan->root->live && !fstatat(dir, "task", &facts, 0) && facts.st_nlink == 3))
			continue;
		ret = dh_dir_each(
			dir, "task", visit_other_thread,
			&(struct dh_proc_task){ .scan = scan, .process = i, .dir = dir });
		if (holders->n_holdings > n_holdings && !process->name && read_name(dir, process))
			ret = -ENOMEM;
	}
	return dh_proc_error_is_fatal(ret) ? ret : 0;
}

/* A scan, and where a program of the kernel told what to look at, that. */
struct reading {
	struct dh_proc_reader scan;
	const struct dh_task_refs *sightings; /* NULL: all of /proc is read */
};

static enum dh_process_state state_of(const struct dh_proc_task *process, int ret)
{
	if (process->refused)
		return DH_PROCESS_REFUSED;
	if (ret)
		return DH_PROCESS_VANISHED;
	return process->found ? DH_PROCESS_READ : DH_PROCESS_BARE;
}

static int visit_process(void *data, const char *name)
{
	struct reading *reading = data;
	struct dh_proc_reader *scan = &reading->scan;
	struct dh_holders *holders = scan->holders;
	size_t n_holdings = holders->n_holdings, n_pending = scan->n_pending, n_sighted = 0;
	const struct dh_task_ref *sighted = NULL;
	struct dh_process *process;
	dh_auto(fd) int dir = -1;
	struct dh_proc_task task;
	pid_t pid;
	int ret;

	if (!parse_id(name, &pid))
		return 0;
	process = dh_holders_add_process(holders, pid);
	if (!process)
		return -ENOMEM;
	if (reading->sightings) {
		n_sighted = dh_task_refs_find(reading->sightings, pid, &sighted);
		if (!n_sighted)
			return 0;
	}
	dir = dh_file_open(scan->root->proc, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (dh_proc_error_is_fatal(dir))
		return dir;
	if (dir < 0) {
		process->state =
			dh_proc_error_is_gone(dir) ? DH_PROCESS_VANISHED : DH_PROCESS_REFUSED;
		return 0;
	}

	task = (struct dh_proc_task){ .scan = scan,
				      .process = holders->n_processes - 1,
				      .dir = dir };
	ret = sighted ? read_sighted(&task, sighted, n_sighted) : read_process(&task);
	if (dh_proc_error_is_fatal(ret))
		return ret;
	process->state = state_of(&task, ret);
	if (holders->n_holdings > n_holdings || scan->n_pending > n_pending)
		return read_name(dir, process);
	return 0;
}

static void note_processes(const struct dh_proc_reader *scan)
{
	size_t n[DH_PROCESS_VANISHED + 1] = { 0 };

	for (size_t i = 0; i < scan->holders->n_processes; i++)
		n[scan->holders->processes[i].state]++;
	dh_note(scan->root->log, "proc: %zu processes read, %zu refused, %zu vanished",
		n[DH_PROCESS_READ], n[DH_PROCESS_REFUSED], n[DH_PROCESS_VANISHED]);
}

static bool has_first(const struct dh_holders *holders)
{
	for (size_t i = 0; i < holders->n_processes; i++)
		if (holders->processes[i].pid == 1)
			return true;
	return false;
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
	struct reading *reading = calloc(1, sizeof(*reading));
	struct dh_task_refs sightings = { 0 };
	struct dh_buffer_list listing;
	int ret;

	*holders = (struct dh_holders){ 0 };
	if (!reading)
		return -ENOMEM;
	reading->scan.root = root;
	reading->scan.holders = holders;

	ret = dh_buffer_list_read(&listing, root, holders);
	if (root->live && !dh_task_refs_read(root, &sightings))
		reading->sightings = &sightings;
	if (!ret)
		ret = dh_dir_each(root->proc, ".", visit_process, reading);
	if (!ret)
		ret = dh_proc_add_pending(&reading->scan);
	if (ret)
		goto out;

	/* Every namespace of processes has a first one: it is hidepid that keeps it away. */
	holders->hidden = root->live && !has_first(holders);
	note_processes(&reading->scan);
	if (holders->listed && has_unheld(holders)) {
		if (!reading->sightings)
			ret = read_threads(&reading->scan);
		dh_buffer_list_read_again(&listing);
	}
	if (!ret)
		ret = dh_holders_group(holders);
out:
	dh_buffer_list_close(&listing);
	dh_task_refs_clear(&sightings);
	free(reading->scan.pending);
	free(reading);
	return ret;
}
