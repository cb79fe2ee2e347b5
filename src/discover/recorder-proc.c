// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/stream.h"
#include "base/text.h"
#include "discover/lines.h"
#include "discover/proc.h"
#include "model/fdinfo.h"

/* A process or a thread that is being recorded. */
struct task {
	struct dh_recorder_dir dir; /* "proc/7" or "proc/7/task/8" */
	pid_t pid;
	int fds;	  /* the open directory fd */
	FILE *maps;	  /* the lines of dma-bufs in the file maps */
	bool any_fd;	  /* the task has a descriptor of any file */
	bool any_mapping; /* the task has a mapping of any file */
	bool holds;	  /* the task has a descriptor or mapping of a dma-buf */
	bool recorded;	  /* a file of the task is recorded */
	bool thread_recorded;
};

static int add(struct task *task, const char *file, enum dh_member type, const void *data,
	       size_t length)
{
	task->recorded = true;
	return dh_recorder_add(&task->dir, file, type, data, length);
}

/* Records that `file` cannot be read, unless it does not exist. */
static int add_error(struct task *task, const char *file, int error)
{
	task->recorded = task->recorded || error != -ENOENT;
	return dh_recorder_error(&task->dir, file, error);
}

/* --- Descriptors -------------------------------------------------------------------- */

/*
 * Sets `lines` to the lines for the inode and the size that fdinfo lacks, or to "" if it lacks
 * neither. Before Linux 5.14, fdinfo has no inode; the fdinfo of a descriptor with O_PATH has no
 * size. For a recorded tree, sets `lines` to "", because the link does not lead to the file.
 *
 * statx() reports no file type for a dma-buf, so a file with a type is not a dma-buf. See
 * identify_path_only() and identify_live() in proc-task.c.
 */
static void complete_fdinfo(const struct task *task, const char *fd, const struct dh_fdinfo *info,
			    char lines[64])
{
	struct statx facts;

	*lines = '\0';
	if (!task->dir.recorder->root->live || (info->inode.known && info->size.known) ||
	    (!*info->exporter && !info->path_only) ||
	    statx(task->fds, fd, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE | STATX_INO | STATX_SIZE, &facts) ||
	    facts.stx_mode & S_IFMT)
		return;
	if (!info->inode.known)
		lines += sprintf(lines, "ino:\t%" PRIu64 "\n", (uint64_t)facts.stx_ino);
	if (!info->size.known)
		sprintf(lines, "size:\t%" PRIu64 "\n", (uint64_t)facts.stx_size);
}

/*
 * Removes the lines about file locks, which precede the line "size" of the dma-buf. The readers
 * keep only the end of a long text, and would lose the inode, which precedes the locks.
 */
static void remove_locks(char *text, size_t *length)
{
	char *at = text, *end = text + *length;

	while (at < end && strncmp(at, "size:", 5) != 0) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		char *next = newline ? newline + 1 : end;

		if (strncmp(at, "lock:", 5) != 0) {
			at = next;
			continue;
		}
		memmove(at, next, (size_t)(end - next));
		end -= next - at;
	}
	*end = '\0';
	*length = (size_t)(end - text);
}

static int add_link(struct task *task, const char *fd, const char *target)
{
	dh_auto(free) char *link = dh_text_format("fd/%s", fd);

	return link ? add(task, link, DH_MEMBER_LINK, target, 0) : -ENOMEM;
}

static int add_fd(struct task *task, const char *fd, const char *target)
{
	dh_auto(free) char *file = dh_text_format("fdinfo/%s", fd);
	dh_auto(free) char *text = NULL;
	dh_auto(free) char *whole = NULL;
	struct dh_fdinfo info;
	char lines[64];
	size_t length;
	int ret;

	if (!file)
		return -ENOMEM;
	task->holds = true;
	ret = dh_recorder_load(task->dir.fd, file, &text, &length);
	if (ret && dh_proc_error_is_gone(ret))
		return 0;
	if (!ret)
		remove_locks(text, &length);
	if (!ret && dh_fdinfo_parse(text, length, &info) == -EBADFD && !info.path_only)
		return 0;
	if (!ret) {
		complete_fdinfo(task, fd, &info, lines);
		whole = dh_text_format("%s%.*s", lines, (int)length, text);
		if (!whole)
			return -ENOMEM;
		ret = add(task, file, DH_MEMBER_FILE, whole, strlen(whole));
	} else {
		ret = add_error(task, file, ret);
	}
	return ret ? ret : add_link(task, fd, target);
}

static int visit_fd(void *data, const char *fd)
{
	struct task *task = data;
	char target[64];
	ssize_t length = readlinkat(task->fds, fd, target, sizeof(target) - 1);

	if (length < 0)
		return dh_proc_error_is_gone(-errno) ? 0 : -errno;
	task->any_fd = true;
	target[length] = '\0';
	if (!strcmp(target, "anon_inode:sync_file"))
		return add_link(task, fd, target);
	if (!strncmp(target, DH_DMABUF_PATH, strlen(DH_DMABUF_PATH)))
		return add_fd(task, fd, target);
	return 0;
}

static int record_fds(struct task *task)
{
	dh_auto(fd) int fds = dh_file_open(task->dir.fd, "fd", O_RDONLY | O_DIRECTORY);
	int ret;

	if (fds < 0)
		return dh_proc_error_is_gone(fds) ? 0 : add_error(task, "fd", fds);
	task->fds = fds;
	ret = dh_dir_each(fds, ".", visit_fd, task);
	/* Permission depends on the task: if it is denied for one link, it is denied for all. */
	if (ret == -EACCES && !task->any_fd)
		return add_error(task, "fd", ret);
	return dh_proc_error_is_gone(ret) ? 0 : ret;
}

/* --- Mappings ----------------------------------------------------------------------- */

static int visit_mapping(void *data, const char *line, size_t length)
{
	struct task *task = data;
	struct dh_maps_line mapping;

	task->any_mapping = true;
	if (!dh_maps_parse(line, length, &mapping))
		return 0;
	task->holds = true;
	fprintf(task->maps, "%.*s\n", (int)length, line);
	return 0;
}

/*
 * Records the mappings of dma-bufs. If the task has only other mappings, records one empty line. An
 * empty file stands for a task without an address space, such as a kernel thread.
 */
static int record_maps(struct task *task)
{
	dh_auto(stream) struct dh_stream kept = { 0 };
	int ret;

	if (dh_stream_open(&kept))
		return -ENOMEM;
	task->maps = kept.file;
	ret = dh_lines_read_file(task->dir.fd, "maps", visit_mapping, task, NULL);
	if (dh_stream_close(&kept))
		return -ENOMEM;
	if (ret)
		task->any_mapping = false;
	/* ESRCH means that the task has no address space. */
	if (ret && ret != -ESRCH)
		return add_error(task, "maps", ret);
	if (!task->any_mapping && !task->recorded)
		return 0;
	return task->any_mapping && !kept.size
		       ? add(task, "maps", DH_MEMBER_FILE, "\n", 1)
		       : add(task, "maps", DH_MEMBER_FILE, kept.text, kept.size);
}

/* --- Threads and processes ---------------------------------------------------------- */

/*
 * Records the dma-bufs of a thread with its own descriptor table. If the main thread has ended, its
 * directories are empty, so this function records the descriptors and mappings of the process from
 * the other threads.
 */
static int visit_thread(void *data, const char *name)
{
	struct task *process = data;
	const bool has_ended = !process->any_fd && !process->any_mapping;
	dh_auto(free) char *path = dh_text_format("%s/task/%s", process->dir.name, name);
	struct task thread = *process;
	dh_auto(fd) int dir = -1;
	pid_t tid;
	int ret;

	if (!path)
		return -ENOMEM;
	if (!dh_proc_parse_id(name, &tid) || tid == process->pid ||
	    (!has_ended &&
	     dh_proc_threads_share_fds(process->dir.recorder->root, process->pid, tid)))
		return 0;
	dir = dh_proc_open_thread(process->dir.fd, tid);
	if (dir < 0)
		return dh_proc_fatal_error(dir);
	thread.dir.name = path;
	thread.dir.fd = dir;
	thread.recorded = false;
	ret = record_fds(&thread);
	if (!ret && has_ended)
		ret = record_maps(&thread);
	process->holds = process->holds || thread.holds;
	process->thread_recorded = process->thread_recorded || thread.recorded;
	return ret;
}

static int record_process(struct task *task)
{
	struct dh_recording *result = task->dir.recorder->result;
	int ret = record_fds(task);
	bool refused = task->recorded && !task->any_fd;

	if (!ret)
		ret = record_maps(task);
	if (!ret && !refused)
		ret = dh_dir_each(task->dir.fd, "task", visit_thread, task);
	if (dh_proc_fatal_error(ret))
		return ret;
	/* The readers examine the threads only if the process has a readable file. */
	if (task->thread_recorded && !task->recorded)
		ret = add(task, "maps", DH_MEMBER_FILE, "\n", task->any_mapping);
	if (!task->recorded)
		return 0;
	result->processes.value++;
	return result->names && task->holds ? dh_recorder_read(&task->dir, "comm") : 0;
}

static int visit_process(void *data, pid_t pid)
{
	const struct dh_recorder_dir *proc = data;
	dh_auto(free) char *path = dh_text_format("%s/%d", proc->name, (int)pid);
	dh_auto(fd) int dir = -1;
	struct task task = { .pid = pid };
	const char *name;
	int ret = 0;

	if (!path)
		return -ENOMEM;
	name = strrchr(path, '/') + 1;

	/*
	 * 'dmaheapctl holders' fails if it can read only its own process. In the tree, the process
	 * of the recorder would look like any other readable process, so do not record it.
	 */
	if (proc->recorder->root->live && pid == getpid())
		return 0;
	if (pid == 1)
		ret = dh_recorder_add(proc, name, DH_MEMBER_FOLDER, NULL, 0);
	if (ret)
		return ret;
	dir = dh_proc_open_process(proc->fd, pid);
	if (dir < 0)
		return dh_proc_error_is_gone(dir) ? 0 : dh_recorder_error(proc, name, dir);
	task.dir = (struct dh_recorder_dir){ proc->recorder, path, dir };
	return record_process(&task);
}

int dh_recorder_processes(const struct dh_recorder_dir *dir)
{
	dh_auto(fd) int init = dh_file_open(dir->fd, "1", O_PATH | O_NOFOLLOW);
	struct dh_recorder_dir proc = *dir;
	int ret = 0;

	/*
	 * In the new tree, a missing process 1 means that processes were hidden. The source can be
	 * a tree that lacks process 1 for another reason. In this case, add process 1.
	 */
	if (!dir->recorder->root->complete && dir->fd >= 0 && init == -ENOENT)
		ret = dh_recorder_add(dir, "1/maps", DH_MEMBER_FILE, NULL, 0);
	if (!ret)
		ret = dh_proc_each(dir->fd, "recording", visit_process, &proc);
	return ret == -ENOENT ? 0 : ret;
}
