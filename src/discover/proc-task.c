// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/proc-task.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/units.h"

bool dh_proc_error_is_gone(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

bool dh_proc_error_is_fatal(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

int dh_text_set_once(char **text, const char *value)
{
	if (*text || !*value)
		return 0;
	*text = strdup(value);
	return *text ? 0 : -ENOMEM;
}

/* 65,000 locks have a text of this size. */
#define FDINFO_MAX ((size_t)4 << 20)

/* --- Descriptors -------------------------------------------------------------------- */

/* The link's own text is the name in full, whatever it consists of; lists may cut it. */
static int set_name(struct dh_held_buffer *buffer, const char *name)
{
	if (*name && buffer->name && strcmp(buffer->name, name)) {
		free(buffer->name);
		buffer->name = NULL;
	}
	return dh_text_set_once(&buffer->name, name);
}

static int hold_fd(const struct dh_proc_task *task, uint64_t inode, const char *name)
{
	struct dh_holders *holders = task->scan->holders;
	struct dh_held_buffer *buffer = dh_holders_add_buffer(holders, inode);
	struct dh_holding *holding;

	if (!buffer)
		return -ENOMEM;
	if (task->unheld_only && buffer->last && buffer->last <= task->held_before)
		return 0;
	holding = dh_holders_add_holding(holders, buffer, task->process);
	if (!holding)
		return -ENOMEM;
	holding->fds++;
	return set_name(buffer, name);
}

static int learn(struct dh_proc_reader *scan, const struct dh_fdinfo *info)
{
	struct dh_held_buffer *buffer = dh_holders_add_buffer(scan->holders, info->inode.value);

	if (!buffer)
		return -ENOMEM;
	if (!buffer->size.known)
		buffer->size = info->size;
	if (!buffer->references.known)
		buffer->references = info->count;
	return dh_text_set_once(&buffer->exporter, info->exporter);
}

/* The first dma-buf that is found tells the device number of all. 0 or -ENOMEM. */
static int learn_dev(struct dh_proc_reader *scan, dev_t dev)
{
	if (scan->has_dev)
		return 0;
	scan->has_dev = true;
	scan->dev = dev;
	/* Before this process holds anything: processes come in order. */
	return dh_proc_add_pending(scan);
}

/* A task's descriptors while they are read. */
struct fd_table {
	struct dh_proc_task *task;
	int links;   /* the directory fd; not owned */
	int fdinfos; /* the directory fdinfo; -1 until a descriptor needs it */
};

static void dh_auto_fd_table(struct fd_table *table)
{
	dh_auto_fd(&table->fdinfos);
}

/*
 * The functions below find out in steps whether a descriptor is a dma-buf's. A step returns
 * one of these, or -errno.
 */
enum { OTHER_FILE, DMABUF };

/* The name at the end of the link of a dma-buf's descriptor. Other files can have such a link. */
static int read_link(struct fd_table *table, const char *fd, char name[DH_BUFFER_NAME_MAX])
{
	static const char prefix[] = DH_DMABUF_PATH;
	char target[sizeof(prefix) + DH_BUFFER_NAME_MAX];
	ssize_t length = readlinkat(table->links, fd, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	table->task->found = true;
	if ((size_t)length < sizeof(prefix) - 1 || memcmp(target, prefix, sizeof(prefix) - 1))
		return OTHER_FILE;
	dh_buffer_name_copy(name, target + sizeof(prefix) - 1,
			    (size_t)length - (sizeof(prefix) - 1));
	return DMABUF;
}

/*
 * Locks on the descriptor come first there, as many as its holder wants, so that of a long
 * text the end is looked at.
 */
static int read_fdinfo(struct fd_table *table, const char *name, struct dh_fdinfo *info)
{
	struct dh_proc_reader *scan = table->task->scan;
	const size_t half = sizeof(scan->text) / 2;
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

		if (length == sizeof(scan->text)) {
			memcpy(scan->text, scan->text + half, half);
			length = half;
		}
		got = read(fd, scan->text + length, sizeof(scan->text) - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return dh_fdinfo_parse(scan->text, length, info);
		length += (size_t)got;
		total += (size_t)got;
	}
	return -EFBIG;
}

/*
 * A descriptor with O_PATH keeps a buffer alive as any other does, but its fdinfo is that of any
 * file. Only inodes without a file type are anonymous (alloc_anon_inode()): no file system can
 * make one, and among them only a dma-buf has such a link. What the kernel remembers of an inode
 * has that, and another's file system cannot withhold it.
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
	};
	dh_buffer_name_copy(info->name, link_name, strlen(link_name));
	if (learn_dev(table->task->scan, makedev(facts.stx_dev_major, facts.stx_dev_minor)))
		return -ENOMEM;
	return DMABUF;
}

/*
 * On the running system. The link alone proves nothing: in a mount namespace of its own, or on a
 * file system that was detached, a process can have a file whose link reads the same. A stat of
 * that file can fail or block for as long as its file system likes. No file system makes the
 * text of fdinfo, so it is read first: what has no exporter there is no dma-buf.
 */
static int identify_live(struct fd_table *table, const char *fd, const char *link_name,
			 struct dh_fdinfo *info)
{
	int ret = read_fdinfo(table, fd, info);
	struct stat facts;

	if (ret == -EBADFD)
		return info->path_only ? identify_path_only(table, fd, link_name, info)
				       : OTHER_FILE;
	/* An exporter is enough: the stat has the rest. */
	if (ret && ret != -EBADMSG)
		return ret;
	if (fstatat(table->links, fd, &facts, 0))
		return -errno;
	/* Closed since fdinfo was read, and its number is another file's now. */
	if (info->inode.known && info->inode.value != facts.st_ino)
		return -ENOENT;
	info->inode = dh_known(facts.st_ino);
	if (!info->size.known)
		info->size = dh_known((uint64_t)facts.st_size);
	return learn_dev(table->task->scan, facts.st_dev) ? -ENOMEM : DMABUF;
}

/* In a recorded tree, where the link leads nowhere and fdinfo alone has the inode. */
static int identify_recorded(struct fd_table *table, const char *fd, struct dh_fdinfo *info)
{
	int ret = read_fdinfo(table, fd, info);

	if (ret == -EBADFD)
		return OTHER_FILE;
	if (dh_proc_error_is_gone(ret) || (!ret && !info->inode.known)) {
		table->task->scan->holders->unidentified++;
		return OTHER_FILE;
	}
	return ret ? ret : DMABUF;
}

/* Is that the name, alone or before lines that a vendor's kernel adds to fdinfo? */
static bool is_start_of(const char *label, const char *name)
{
	size_t length = strlen(label);

	return !strncmp(label, name, length) && (!name[length] || (length && name[length] == '\n'));
}

static int visit_fd(struct fd_table *table, const char *fd)
{
	struct dh_proc_task *task = table->task;
	struct dh_proc_reader *scan = task->scan;
	char name[DH_BUFFER_NAME_MAX];
	struct dh_fdinfo info;
	int ret = read_link(table, fd, name);

	if (ret == DMABUF)
		ret = scan->root->live ? identify_live(table, fd, name, &info)
				       : identify_recorded(table, fd, &info);
	if (ret != DMABUF)
		return ret;
	if (task->unheld_only && !dh_holders_find(scan->holders, info.inode.value))
		return 0;
	/* The descriptor may have become another buffer's since the link was read. */
	if (!is_start_of(name, info.name))
		memcpy(name, info.name, sizeof(name));
	ret = learn(scan, &info);
	return ret ? ret : hold_fd(task, info.inode.value, name);
}

/* A descriptor that cannot be read must not hide the others. 0, or an error of all of them. */
static int try_fd(struct fd_table *table, const char *fd)
{
	struct dh_proc_task *task = table->task;
	int ret = visit_fd(table, fd);

	/* Whose first link may not be read, none of the others may. */
	if (dh_proc_error_is_fatal(ret) || (ret == -EACCES && !task->found))
		return ret;
	if (ret && !dh_proc_error_is_gone(ret)) {
		task->refused = true;
		dh_note(task->scan->root->log, "proc/%d/fd/%s: %s",
			(int)task->scan->holders->processes[task->process].pid, fd,
			dh_errno_name(-ret));
	}
	return 0;
}

int dh_proc_task_read_fds(struct dh_proc_task *task)
{
	dh_auto(fd_table) struct fd_table table = { .task = task, .fdinfos = -1 };
	dh_auto(dir) DIR *stream = NULL;
	int fd = dh_file_open(task->dir, "fd", O_RDONLY | O_DIRECTORY | O_NONBLOCK);

	if (fd < 0)
		return fd;
	stream = fdopendir(fd);
	if (!stream) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	table.links = fd;
	for (;;) {
		struct dirent *entry;
		int ret;

		errno = 0;
		entry = readdir(stream);
		if (!entry)
			return -errno;
		if (entry->d_name[0] == '.')
			continue;
		ret = try_fd(&table, entry->d_name);
		if (ret)
			return ret;
	}
}

int dh_proc_task_read_refs(struct dh_proc_task *task, const struct dh_task_ref *sightings, size_t n)
{
	dh_auto(fd) int fd = dh_file_open(task->dir, "fd", O_PATH | O_DIRECTORY);
	dh_auto(fd_table) struct fd_table table = { .task = task, .links = fd, .fdinfos = -1 };
	int ret = 0;

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < n && !ret; i++) {
		char name[16];

		if (sightings[i].fd == DH_TASK_REF_MAPPING)
			continue;
		snprintf(name, sizeof(name), "%d", (int)sightings[i].fd);
		ret = try_fd(&table, name);
	}
	return ret;
}

/* --- Mappings ----------------------------------------------------------------------- */

/*
 * The size of a mapped buffer that nobody else tells, for those who may follow the link. Only
 * where the mapping's device is that of dma-bufs: a stat of another file can block.
 */
static struct dh_maybe mapped_size(const struct dh_proc_reader *scan,
				   const struct dh_maps_line *mapping, size_t process)
{
	struct stat facts;
	char path[96];

	snprintf(path, sizeof(path), "%d/map_files/%" PRIx64 "-%" PRIx64,
		 (int)scan->holders->processes[process].pid, mapping->start, mapping->end);
	if (!scan->has_dev || mapping->dev != scan->dev ||
	    fstatat(scan->root->proc, path, &facts, 0) || facts.st_ino != mapping->inode ||
	    facts.st_dev != mapping->dev || facts.st_size <= 0)
		return (struct dh_maybe){ 0 };
	return dh_known((uint64_t)facts.st_size);
}

static int hold_mapping(struct dh_proc_reader *scan, const struct dh_maps_line *mapping,
			size_t process)
{
	struct dh_held_buffer *buffer = dh_holders_add_buffer(scan->holders, mapping->inode);
	struct dh_holding *holding;

	if (!buffer)
		return -ENOMEM;
	if (!buffer->size.known)
		buffer->size = mapped_size(scan, mapping, process);
	holding = dh_holders_add_holding(scan->holders, buffer, process);
	if (!holding)
		return -ENOMEM;
	holding->mappings++;
	holding->mapped += mapping->end - mapping->start;
	return dh_text_set_once(&buffer->name, mapping->name);
}

static int postpone(struct dh_proc_reader *scan, const struct dh_maps_line *mapping, size_t process)
{
	if (scan->n_pending == scan->room_pending) {
		size_t room = scan->room_pending ? 2 * scan->room_pending : 16;
		struct dh_pending_mapping *more = reallocarray(scan->pending, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		scan->pending = more;
		scan->room_pending = room;
	}
	scan->pending[scan->n_pending++] = (struct dh_pending_mapping){
		.process = process,
		.mapping = *mapping,
	};
	return 0;
}

/* Those that wait are of processes without any descriptor of a dma-buf, read before. */
int dh_proc_add_pending(struct dh_proc_reader *scan)
{
	int ret = 0;

	for (size_t i = 0; i < scan->n_pending && !ret; i++) {
		const struct dh_pending_mapping *pending = &scan->pending[i];

		if (scan->has_dev ? pending->mapping.dev == scan->dev
				  : !scan->holders->listed ||
					    dh_holders_find(scan->holders, pending->mapping.inode))
			ret = hold_mapping(scan, &pending->mapping, pending->process);
	}
	scan->n_pending = 0;
	return ret;
}

static int visit_mapping(void *data, const char *line, size_t length)
{
	const struct dh_proc_task *task = data;
	struct dh_proc_reader *scan = task->scan;
	struct dh_maps_line mapping;

	if (!dh_maps_parse(line, length, &mapping))
		return 0;
	if (scan->root->live && !scan->has_dev)
		return postpone(scan, &mapping, task->process);
	if (scan->root->live && mapping.dev != scan->dev)
		return 0;
	return hold_mapping(scan, &mapping, task->process);
}

int dh_proc_task_read_maps(struct dh_proc_task *task, bool *empty)
{
	struct dh_lines *lines = &task->scan->lines;
	dh_auto(fd) int fd =
		dh_file_open(task->dir, "maps", O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	uint64_t total = 0;
	int ret;

	*empty = fd == -ESRCH;
	if (fd < 0)
		return fd;
	lines->visit = visit_mapping;
	lines->data = task;
	ret = dh_lines_read(lines, fd, &total);
	*empty = (!ret && !total) || ret == -ESRCH;
	return ret;
}
