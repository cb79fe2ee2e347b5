// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/proc-task.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/units.h"
#include "discover/lines.h"

int dh_text_set_once(char **text, const char *value)
{
	if (*text || !*value)
		return 0;
	*text = strdup(value);
	return *text ? 0 : -ENOMEM;
}

/* Maximum size of an fdinfo file in bytes: enough for about 65,000 locks on the file. */
#define FDINFO_MAX ((size_t)4 << 20)

/* --- Descriptors -------------------------------------------------------------------- */

/* Adds the descriptor `fd`, which refers to the buffer `info`; `name` is the buffer's name. */
static int add_fd(const struct dh_proc_task *task, const char *fd, const struct dh_fdinfo *info,
		  const char *name)
{
	struct dh_holders *holders = task->reader->holders;
	struct dh_held_buffer *buffer = dh_holders_add_buffer(holders, info->inode.value);
	struct dh_holding *holding;
	uint64_t number;

	if (!buffer)
		return -ENOMEM;
	if (!buffer->size.known)
		buffer->size = info->size;
	if (!buffer->references.known)
		buffer->references = info->count;
	if (dh_text_set_once(&buffer->exporter, info->exporter))
		return -ENOMEM;
	if (task->unheld_only && buffer->last && buffer->last <= task->held_before)
		return 0;
	holding = dh_holders_add_holding(holders, buffer, task->process);
	if (!holding)
		return -ENOMEM;
	holding->fds++;
	if (!holding->descriptor.known && !task->is_thread && !info->path_only &&
	    dh_digits_parse(fd, strlen(fd), 10, &number))
		holding->descriptor = dh_known(number);
	if (!*name)
		return 0;
	/* The name in the kernel's list may be truncated. */
	free(buffer->name);
	return dh_text_copy(&buffer->name, name);
}

/*
 * Sets reader->dev, the device number of the inodes of all dma-bufs. Returns 0 or -ENOMEM.
 */
static int set_dev(struct dh_proc_reader *reader, dev_t dev)
{
	if (reader->has_dev)
		return 0;
	reader->has_dev = true;
	reader->dev = dev;
	/*
	 * Add the pending mappings of earlier processes before the first holding of this process:
	 * dh_holders_add_holding() requires calls in ascending order of the processes.
	 */
	return dh_proc_add_pending(reader);
}

struct fd_table {
	struct dh_proc_task *task;
	int links;   /* the open directory fd; not owned */
	int fdinfos; /* the open directory fdinfo; -1 before the first dma-buf */
};

static void dh_auto_fd_table(struct fd_table *table)
{
	dh_auto_fd(&table->fdinfos);
}

/*
 * Results, besides -errno, of the functions that check whether a descriptor refers to a dma-buf.
 */
enum { OTHER_FILE, DMABUF };

/*
 * Sets `name` to the buffer name in the link of the descriptor. Other files can have the same link,
 * so the caller must verify the result DMABUF.
 */
static int read_link(struct fd_table *table, const char *fd, char name[DH_BUFFER_NAME_MAX])
{
	const size_t prefix = strlen(DH_DMABUF_PATH);
	char target[64];
	ssize_t length = readlinkat(table->links, fd, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	table->task->found = true;
	/* Only the files of drivers/dma-buf/sync_file.c have this link. */
	if (!strcmp(target, "anon_inode:sync_file"))
		table->task->reader->holders->sync_files++;
	if (strncmp(target, DH_DMABUF_PATH, prefix) != 0)
		return OTHER_FILE;
	dh_buffer_name_copy(name, target + prefix, strlen(target + prefix));
	return DMABUF;
}

/*
 * Reads and parses the fdinfo of a descriptor. The lines about file locks precede those about the
 * dma-buf. A holder can set any number of locks, so this function parses only the end of a long
 * text.
 */
static int read_fdinfo(struct fd_table *table, const char *name, struct dh_fdinfo *info)
{
	char text[16384];
	const size_t half = sizeof(text) / 2;
	dh_auto(fd) int fd = -1;
	size_t length = 0;

	if (table->fdinfos < 0)
		table->fdinfos = dh_file_open(table->task->dir, "fdinfo", O_PATH | O_DIRECTORY);
	if (table->fdinfos < 0)
		return table->fdinfos;
	fd = dh_file_open(table->fdinfos, name, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fd;
	for (size_t total = 0; total < FDINFO_MAX;) {
		ssize_t got;

		if (length == sizeof(text)) {
			memcpy(text, text + half, half);
			length = half;
		}
		got = read(fd, text + length, sizeof(text) - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return dh_fdinfo_parse(text, length, info);
		length += (size_t)got;
		total += (size_t)got;
	}
	return -EFBIG;
}

/*
 * Identifies a descriptor that was opened with O_PATH. An O_PATH descriptor keeps the buffer alive,
 * but its fdinfo contains no exporter. statx() reports no file type for anonymous inodes, such as
 * those of dma-bufs. Among the files without a type, only dma-bufs have a link that begins with
 * DH_DMABUF_PATH.
 *
 * With AT_STATX_DONT_SYNC, statx() returns the cached attributes of the inode, so a FUSE file
 * system cannot block the call.
 */
static int identify_path_only(struct fd_table *table, const char *fd, const char *link_name,
			      struct dh_fdinfo *info)
{
	struct statx facts;

	if (statx(table->links, fd, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE | STATX_INO | STATX_SIZE, &facts))
		return -errno;
	if (facts.stx_mode & S_IFMT)
		return OTHER_FILE;
	*info = (struct dh_fdinfo){
		.inode = dh_known(facts.stx_ino),
		.size = dh_known(facts.stx_size),
		.path_only = true,
	};
	dh_buffer_name_copy(info->name, link_name, strlen(link_name));
	if (set_dev(table->task->reader, makedev(facts.stx_dev_major, facts.stx_dev_minor)))
		return -ENOMEM;
	return DMABUF;
}

/*
 * Identifies a descriptor on the running system. The link alone proves nothing: in another mount
 * namespace or on a detached file system, any file can have the same link. A stat() of a file on
 * another file system can fail or block. The kernel itself writes fdinfo, so this function reads
 * fdinfo first. If fdinfo contains no exporter, the file is not a dma-buf, or was opened with
 * O_PATH.
 */
static int identify_live(struct fd_table *table, const char *fd, const char *link_name,
			 struct dh_fdinfo *info)
{
	int ret = read_fdinfo(table, fd, info);
	struct stat facts;

	if (ret == -EBADFD)
		return info->path_only ? identify_path_only(table, fd, link_name, info)
				       : OTHER_FILE;
	/* After -EBADMSG, the exporter is known, and fstatat() returns the missing values. */
	if (ret && ret != -EBADMSG)
		return ret;
	if (fstatat(table->links, fd, &facts, 0))
		return -errno;
	/*
	 * If the inodes differ, the process closed the descriptor after fdinfo was read, and the
	 * descriptor number now refers to another file.
	 */
	if (info->inode.known && info->inode.value != facts.st_ino)
		return -ENOENT;
	info->inode = dh_known(facts.st_ino);
	if (!info->size.known)
		info->size = dh_known((uint64_t)facts.st_size);
	return set_dev(table->task->reader, facts.st_dev) ? -ENOMEM : DMABUF;
}

/*
 * Identifies a descriptor in a recorded tree. A recorded link is dangling, so only fdinfo contains
 * the inode. For a descriptor with O_PATH, dh_recorder_run() records the size only if the file is a
 * dma-buf.
 */
static int identify_recorded(struct fd_table *table, const char *fd, const char *link_name,
			     struct dh_fdinfo *info)
{
	int ret = read_fdinfo(table, fd, info);

	if (ret == -EBADFD) {
		dh_buffer_name_copy(info->name, link_name, strlen(link_name));
		return info->path_only && info->inode.known && info->size.known ? DMABUF
										: OTHER_FILE;
	}
	if (dh_proc_error_is_gone(ret) || (!ret && !info->inode.known)) {
		table->task->reader->holders->unidentified++;
		return OTHER_FILE;
	}
	return ret ? ret : DMABUF;
}

/*
 * Returns true if `name` (from fdinfo) is `label` (from the link), or continues `label` on a new
 * line: some vendor kernels write more lines after the name.
 */
static bool is_start_of(const char *label, const char *name)
{
	size_t length = strlen(label);

	return !strncmp(label, name, length) && (!name[length] || (length && name[length] == '\n'));
}

static int read_fd(struct fd_table *table, const char *fd)
{
	struct dh_proc_task *task = table->task;
	struct dh_proc_reader *reader = task->reader;
	char name[DH_BUFFER_NAME_MAX];
	struct dh_fdinfo info;
	int ret = read_link(table, fd, name);

	if (ret == DMABUF)
		ret = reader->root->live ? identify_live(table, fd, name, &info)
					 : identify_recorded(table, fd, name, &info);
	if (ret != DMABUF)
		return ret;
	if (task->unheld_only && !dh_holders_find(reader->holders, info.inode.value))
		return 0;
	/* If the names differ, the name in fdinfo is newer: the link was read first. */
	if (!is_start_of(name, info.name))
		memcpy(name, info.name, sizeof(name));
	return add_fd(task, fd, &info, name);
}

/*
 * Reads the descriptor `fd`. If `fd` cannot be read, skips it, and sets task->refused unless the
 * process has closed `fd`. Returns 0, or -errno if no other descriptor of the task can be read
 * either.
 */
static int try_read_fd(struct fd_table *table, const char *fd)
{
	struct dh_proc_task *task = table->task;
	int ret = read_fd(table, fd);

	/*
	 * Permission depends on the process, not on the descriptor: if it is denied for the first
	 * link, it is denied for all links.
	 */
	if (dh_proc_fatal_error(ret) || (ret == -EACCES && !task->found))
		return ret;
	if (ret && !dh_proc_error_is_gone(ret)) {
		task->refused = true;
		dh_note(task->reader->root->log, "proc/%d/fd/%s: %s",
			(int)task->reader->holders->processes[task->process].pid, fd,
			dh_errno_name(-ret));
	}
	return 0;
}

int dh_proc_task_read_fds(struct dh_proc_task *task)
{
	dh_auto(fd_table) struct fd_table table = { .task = task, .fdinfos = -1 };
	dh_auto(dir) DIR *stream = NULL;
	const char *fd = NULL;
	int ret = dh_dir_open(task->dir, "fd", &stream);

	if (ret)
		return ret;
	table.links = dirfd(stream);
	do {
		ret = dh_dir_next(stream, &fd);
		if (!ret && fd)
			ret = try_read_fd(&table, fd);
	} while (!ret && fd);
	return ret;
}

int dh_proc_task_read_refs(struct dh_proc_task *task, const struct dh_task_ref *refs, size_t n)
{
	dh_auto(fd) int fd = dh_file_open(task->dir, "fd", O_PATH | O_DIRECTORY);
	dh_auto(fd_table) struct fd_table table = { .task = task, .links = fd, .fdinfos = -1 };
	int ret = 0;

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < n && !ret; i++) {
		char name[16];

		if (refs[i].fd == DH_TASK_REF_MAPPING)
			continue;
		snprintf(name, sizeof(name), "%d", (int)refs[i].fd);
		ret = try_read_fd(&table, name);
	}
	return ret;
}

/* --- Mappings ----------------------------------------------------------------------- */

/*
 * Returns the size of a buffer that is known only from a mapping. The size is unknown if the caller
 * lacks the privilege to follow the link in map_files. The function follows the link only if the
 * mapping has the device number of dma-bufs: a stat() of another file can block.
 */
static struct dh_maybe mapped_size(const struct dh_proc_reader *reader,
				   const struct dh_maps_line *mapping, size_t process)
{
	struct stat facts;
	char path[96];

	snprintf(path, sizeof(path), "%d/map_files/%" PRIx64 "-%" PRIx64,
		 (int)reader->holders->processes[process].pid, mapping->start, mapping->end);
	if (!reader->has_dev || mapping->dev != reader->dev ||
	    fstatat(reader->root->proc, path, &facts, 0) || facts.st_ino != mapping->inode ||
	    facts.st_dev != mapping->dev || facts.st_size <= 0)
		return (struct dh_maybe){ 0 };
	return dh_known((uint64_t)facts.st_size);
}

static int add_mapping(struct dh_proc_reader *reader, const struct dh_maps_line *mapping,
		       size_t process)
{
	struct dh_held_buffer *buffer = dh_holders_add_buffer(reader->holders, mapping->inode);
	struct dh_holding *holding;

	if (!buffer)
		return -ENOMEM;
	if (!buffer->size.known)
		buffer->size = mapped_size(reader, mapping, process);
	holding = dh_holders_add_holding(reader->holders, buffer, process);
	if (!holding)
		return -ENOMEM;
	holding->mappings++;
	holding->mapped += mapping->end - mapping->start;
	return dh_text_set_once(&buffer->name, mapping->name);
}

/*
 * Mappings are pending until the first dma-buf descriptor shows the device number of dma-buf inodes
 * (reader->dev). If no process has such a descriptor, the kernel's list identifies dma-bufs. If the
 * list is unreadable, the path in maps identifies them.
 */
int dh_proc_add_pending(struct dh_proc_reader *reader)
{
	int ret = 0;

	for (size_t i = 0; i < reader->n_pending && !ret; i++) {
		const struct dh_pending_mapping *pending = &reader->pending[i];

		if (reader->has_dev
			    ? pending->mapping.dev == reader->dev
			    : !reader->holders->listed ||
				      dh_holders_find(reader->holders, pending->mapping.inode))
			ret = add_mapping(reader, &pending->mapping, pending->process);
	}
	reader->n_pending = 0;
	return ret;
}

static int visit_mapping(void *data, const char *line, size_t length)
{
	const struct dh_proc_task *task = data;
	struct dh_proc_reader *reader = task->reader;
	struct dh_pending_mapping *pending;
	struct dh_maps_line mapping;

	if (!dh_maps_parse(line, length, &mapping))
		return 0;
	if (reader->root->live && !reader->has_dev) {
		pending = dh_array_add(&reader->pending, &reader->n_pending);
		if (!pending)
			return -ENOMEM;
		*pending = (struct dh_pending_mapping){ task->process, mapping };
		return 0;
	}
	if (reader->root->live && mapping.dev != reader->dev)
		return 0;
	return add_mapping(reader, &mapping, task->process);
}

int dh_proc_task_read_maps(struct dh_proc_task *task, bool *empty)
{
	uint64_t total = 0;
	int ret = dh_lines_read_file(task->dir, "maps", visit_mapping, task, &total);

	*empty = (!ret && !total) || ret == -ESRCH;
	return ret;
}
