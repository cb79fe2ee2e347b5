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
#include "discover/bufinfo.h"
#include "discover/scan.h"

struct listing {
	struct dh_holders *holders;
	size_t n;
};

/* --- The kernel's list -------------------------------------------------------------- */

static int visit_listed(void *data, const struct dh_bufinfo_entry *entry)
{
	struct listing *listing = data;
	struct dh_held_buffer *buffer = dh_holders_buffer(listing->holders, entry->inode);

	if (!buffer)
		return -ENOMEM;
	listing->n++;
	buffer->listed++;
	buffer->size = dh_known(entry->size);
	buffer->references = dh_known(entry->count);
	buffer->attachments = entry->attachments;
	if (entry->attachments.known && !buffer->devices) {
		buffer->devices = strdup(entry->devices);
		if (!buffer->devices)
			return -ENOMEM;
	}
	if (dh_scan_set_text(&buffer->exporter, entry->exporter) ||
	    dh_scan_set_text(&buffer->name, entry->name))
		return -ENOMEM;
	return 0;
}

static int visit_again(void *data, const struct dh_bufinfo_entry *entry)
{
	struct listing *listing = data;
	struct dh_held_buffer *buffer = dh_holders_find(listing->holders, entry->inode);

	listing->n++;
	if (buffer)
		buffer->listed++;
	return 0;
}

static void read_list(const struct dh_root *root, struct dh_holders *holders,
		      int (*visit)(void *data, const struct dh_bufinfo_entry *entry))
{
	struct listing listing = { .holders = holders };
	int ret = dh_bufinfo_read(root, visit, &listing);

	holders->listed = !ret;
	holders->list_error = ret;
	if (ret)
		dh_note(root->log, "sys/kernel/debug/dma_buf/bufinfo: %s", dh_errno_name(-ret));
	else
		dh_note(root->log, "sys/kernel/debug/dma_buf/bufinfo: %zu buffers", listing.n);
}

/* --- Processes ---------------------------------------------------------------------- */

/* What stands in scan->dir: a process's or a thread's. 0; -ESRCH where it is gone. */
static int read_tables(struct dh_scan *scan)
{
	bool empty;
	int fds, maps;

	scan->fd = scan->fdinfo = -1;
	fds = dh_scan_fds(scan);
	dh_auto_fd(&scan->fdinfo);
	if (dh_scan_is_fatal(fds))
		return fds;
	maps = dh_scan_maps(scan, &empty);
	if (dh_scan_is_fatal(maps))
		return maps;

	scan->found = scan->found || (!maps && !empty);
	if (maps && !dh_scan_is_gone(maps))
		scan->refused = true;
	if (fds && !dh_scan_is_gone(fds) && !empty)
		scan->refused = true;
	return dh_scan_is_gone(fds) && dh_scan_is_gone(maps) ? -ESRCH : 0;
}

/* The first thread may have ended, and taken nothing of it along: then the next one has all. */
static int visit_thread(void *data, const char *name)
{
	struct dh_scan *scan = data;
	dh_auto(fd) int thread = -1;
	char path[32];
	int process = scan->dir, ret;

	if (scan->found || scan->refused || strlen(name) > 16 || name[strspn(name, "0123456789")] ||
	    (pid_t)atoi(name) == scan->holders->processes[scan->process].pid)
		return 0;
	snprintf(path, sizeof(path), "task/%s", name);
	thread = dh_file_open(process, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (thread < 0)
		return 0;
	scan->dir = thread;
	ret = read_tables(scan);
	scan->dir = process;
	return dh_scan_is_fatal(ret) ? ret : 0;
}

/*
 * A thread's descriptors, where they are not the first one's, are in its own folder; memory
 * all threads share.
 */
static int read_sighted(struct dh_scan *scan, const struct dh_sighting *sightings, size_t n)
{
	int process = scan->dir, ret = 0;
	bool mapped = false;

	for (size_t i = 0, count; i < n && !dh_scan_is_fatal(ret); i += count) {
		dh_auto(fd) int thread = -1;
		char path[32];
		bool empty;

		for (count = 1; i + count < n && sightings[i + count].tid == sightings[i].tid;)
			count++;
		if (sightings[i].tid != sightings[i].pid) {
			snprintf(path, sizeof(path), "task/%d", (int)sightings[i].tid);
			thread = dh_file_open(process, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
			if (thread < 0)
				continue;
			scan->dir = thread;
		}
		scan->fd = scan->fdinfo = -1;
		ret = dh_scan_sighted(scan, sightings + i, count);
		dh_auto_fd(&scan->fdinfo);
		/* In their order it comes first. */
		if (sightings[i].fd == DH_SIGHTING_MAPPED && !mapped && !dh_scan_is_fatal(ret)) {
			int maps = dh_scan_maps(scan, &empty);

			mapped = !maps;
			ret = maps ? maps : ret;
		}
		scan->dir = process;
		scan->found = true;
		scan->refused = scan->refused || (ret && !dh_scan_is_gone(ret));
	}
	return dh_scan_is_fatal(ret) ? ret : 0;
}

static int read_name(struct dh_scan *scan, struct dh_process *process)
{
	char name[256];

	if (dh_file_read(scan->dir, "comm", name, sizeof(name)) < 0)
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
	struct dh_scan *scan = data;
	const pid_t pid = scan->holders->processes[scan->process].pid;
	dh_auto(fd) int thread = -1;
	int process = scan->dir, ret;
	char path[32];
	uint64_t tid;

	if (!dh_digits_parse(name, strlen(name), 10, 1, &tid) || tid > INT32_MAX ||
	    (pid_t)tid == pid || share_fds(scan->root, pid, (pid_t)tid))
		return 0;
	snprintf(path, sizeof(path), "task/%d", (int)tid);
	thread = dh_file_open(process, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (thread < 0)
		return dh_scan_is_fatal(thread) ? thread : 0;
	scan->dir = thread;
	scan->fd = scan->fdinfo = -1;
	scan->first = scan->holders->n_holdings;
	ret = dh_scan_fds(scan);
	dh_auto_fd(&scan->fdinfo);
	scan->dir = process;
	return dh_scan_is_fatal(ret) ? ret : 0;
}

/*
 * Buffers that nothing seems to hold may be in a table of a thread of its own. Looking into all
 * threads costs too much where it is not needed.
 */
static int read_threads(struct dh_scan *scan)
{
	struct dh_holders *holders = scan->holders;
	int ret = 0;

	scan->unheld_only = true;
	for (size_t i = 0; i < holders->n_processes && !dh_scan_is_fatal(ret); i++) {
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
		scan->process = i;
		scan->dir = dir;
		ret = dh_folder_each(dir, "task", visit_other_thread, scan);
		if (holders->n_holdings > n_holdings && !process->name && read_name(scan, process))
			ret = -ENOMEM;
	}
	return dh_scan_is_fatal(ret) ? ret : 0;
}

/* All that a process has, where nobody told what to look at. */
static int read_process(struct dh_scan *scan)
{
	int ret = read_tables(scan);

	if (!ret && !scan->found && !scan->refused) {
		int threads = dh_folder_each(scan->dir, "task", visit_thread, scan);

		if (dh_scan_is_fatal(threads))
			return threads;
	}
	return ret;
}

static int visit_process(void *data, const char *name)
{
	struct dh_scan *scan = data;
	struct dh_holders *holders = scan->holders;
	size_t n_holdings = holders->n_holdings, n_pending = scan->n_pending, n_sighted = 0;
	const struct dh_sighting *sighted = NULL;
	dh_auto(fd) int dir = -1;
	struct dh_process *process;
	uint64_t pid;
	int ret;

	if (!dh_digits_parse(name, strlen(name), 10, 1, &pid) || !pid || pid > INT32_MAX)
		return 0;
	process = dh_holders_process(holders, (pid_t)pid);
	if (!process)
		return -ENOMEM;
	if (scan->sightings) {
		n_sighted = dh_sightings_of(scan->sightings, (pid_t)pid, &sighted);
		if (!n_sighted)
			return 0;
	}
	dir = dh_file_open(scan->root->proc, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (dh_scan_is_fatal(dir))
		return dir;
	if (dir < 0) {
		process->state = dh_scan_is_gone(dir) ? DH_PROCESS_VANISHED : DH_PROCESS_REFUSED;
		return 0;
	}

	scan->process = holders->n_processes - 1;
	scan->dir = dir;
	scan->refused = scan->found = false;
	ret = sighted ? read_sighted(scan, sighted, n_sighted) : read_process(scan);
	if (dh_scan_is_fatal(ret))
		return ret;
	process->state = scan->refused ? DH_PROCESS_REFUSED
			 : ret	       ? DH_PROCESS_VANISHED
			 : scan->found ? DH_PROCESS_READ
				       : DH_PROCESS_BARE;
	if (holders->n_holdings > n_holdings || scan->n_pending > n_pending)
		return read_name(scan, process);
	return 0;
}

static void note_processes(const struct dh_scan *scan)
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
	struct dh_scan *scan = calloc(1, sizeof(*scan));
	struct dh_sightings sightings = { 0 };
	int ret;

	*holders = (struct dh_holders){ 0 };
	if (!scan)
		return -ENOMEM;
	scan->root = root;
	scan->holders = holders;
	scan->dir = scan->fd = scan->fdinfo = -1;

	read_list(root, holders, visit_listed);
	ret = holders->list_error == -ENOMEM ? -ENOMEM : 0;
	if (root->live && !dh_sightings_read(root, &sightings))
		scan->sightings = &sightings;
	if (!ret)
		ret = dh_folder_each(root->proc, ".", visit_process, scan);
	if (!ret)
		ret = dh_scan_flush(scan);
	if (ret)
		goto out;

	/* Every namespace of processes has a first one: it is hidepid that keeps it away. */
	holders->hidden = root->live && !has_first(holders);
	note_processes(scan);
	if (holders->listed && has_unheld(holders)) {
		if (!scan->sightings)
			ret = read_threads(scan);
		read_list(root, holders, visit_again);
	}
	if (!ret)
		ret = dh_holders_settle(holders);
out:
	dh_sightings_clear(&sightings);
	free(scan->pending);
	free(scan);
	return ret;
}
