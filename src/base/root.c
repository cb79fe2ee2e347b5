// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/text.h"
#include "base/units.h"

#define DIR_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/*
 * True if dh_root_open() opened a recorded tree. Unlike /proc and /sys, a recorded tree may contain
 * FIFOs and device nodes, so dh_file_open() opens only regular files in it.
 */
static bool recorded;

/*
 * Opens the directory `path` if the magic number of its file system is `type`. Returns a descriptor
 * or -DH_NOT_MOUNTED.
 */
static int open_mount(const char *path, long type)
{
	dh_auto(fd) int fd = open(path, DIR_FLAGS);
	struct statfs facts;

	if (fd < 0 || fstatfs(fd, &facts) || (long)facts.f_type != type)
		return -DH_NOT_MOUNTED;
	return dh_steal_fd(&fd);
}

/*
 * Opens the directory `sysroot`, or extracts the tar file `sysroot`. Returns a descriptor or
 * -errno.
 */
static int open_recorded(struct dh_root *root, const char *sysroot,
			 char reason[DH_EXTRACT_REASON_MAX])
{
	dh_auto(fd) int top = open(sysroot, O_PATH | O_CLOEXEC);
	dh_auto(fd) int file = -1;
	struct stat facts;

	if (top < 0 || fstat(top, &facts))
		return -errno;
	if (S_ISDIR(facts.st_mode))
		return dh_steal_fd(&top);
	if (!S_ISREG(facts.st_mode))
		return -ENOTDIR;
	file = open(sysroot, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return file < 0 ? -errno : dh_unpack(file, &root->unpacked, reason);
}

/*
 * Opens a top-level directory of a recorded tree. Returns a descriptor, -DH_NOT_MOUNTED if the
 * recorded system had not mounted the file system, or -1 after any other error.
 */
static int open_top(int top, const char *name)
{
	int fd = dh_file_open(top, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);

	return fd >= 0 || fd == -DH_NOT_MOUNTED ? fd : -1;
}

/* Reads DH_RECORD_FILE. Returns 0 (even if the file does not exist) or -errno. */
static int read_record(struct dh_root *root, int top)
{
	struct dh_maybe major = { 0 };
	const struct dh_record_field fields[] = {
		{ .key = "major", .number = &major },
		{ .key = "page_size", .number = &root->page_size },
	};
	char text[4096];
	ssize_t length = dh_file_read(top, DH_RECORD_FILE, text, sizeof(text));

	if (length < 0)
		return length == -ENOENT ? 0 : (int)length;
	if (dh_record_parse(text, "record", fields, ARRAY_SIZE(fields)) || !major.known)
		return -EBADMSG;
	root->complete = true;
	return major.value == DH_RECORD_MAJOR ? 0 : -EPROTO;
}

int dh_root_open(struct dh_root *root, const char *sysroot, const struct dh_log *log,
		 char reason[DH_EXTRACT_REASON_MAX])
{
	dh_auto(fd) int top = -1;
	int ret;

	*reason = '\0';
	recorded = sysroot;
	*root = (struct dh_root){ -1, -1, -1, -1, .live = !sysroot, .log = log };

	if (!sysroot) {
		root->complete = true;
		root->page_size = dh_known((uint64_t)sysconf(_SC_PAGESIZE));
		/* Use absolute paths: umockdev redirects absolute paths below /sys and /dev. */
		root->sys = open_mount("/sys", SYSFS_MAGIC);
		root->proc = open_mount("/proc", PROC_SUPER_MAGIC);
		root->dev = open("/dev", DIR_FLAGS);
		root->etc = open("/etc", DIR_FLAGS);
		return 0;
	}

	top = open_recorded(root, sysroot, reason);
	if (top < 0)
		return top;
	ret = read_record(root, top);
	if (ret)
		return ret;
	root->sys = open_top(top, "sys");
	root->proc = open_top(top, "proc");
	root->dev = open_top(top, "dev");
	root->etc = open_top(top, "etc");
	return 0;
}

void dh_root_close(struct dh_root *root)
{
	dh_auto_fd(&root->sys);
	dh_auto_fd(&root->proc);
	dh_auto_fd(&root->dev);
	dh_auto_fd(&root->etc);
	root->sys = root->proc = root->dev = root->etc = -1;
	dh_unpacked_remove(&root->unpacked);
}

int dh_root_check_fds(void)
{
	int fds[5], n = 0, ret = 0;

	while (n < (int)ARRAY_SIZE(fds) && !ret) {
		fds[n] = open("/", DIR_FLAGS);
		if (fds[n] < 0)
			ret = errno == EMFILE || errno == ENFILE ? -errno : 0;
		n++;
	}
	while (n)
		dh_auto_fd(&fds[--n]);
	return ret;
}

static int open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH,
	};
	int fd;

	if (dir < 0)
		return dir == -DH_NOT_MOUNTED ? -DH_NOT_MOUNTED : -ENOENT;

	/*
	 * Retry after EAGAIN: a rename raced with the lookup, or another process holds a lease on
	 * the file.
	 */
	for (int tries = 0; tries < 8; tries++) {
		fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	if (fd >= 0)
		return fd;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;

	/*
	 * Linux 5.5 and older have no openat2(), and a seccomp filter may reject it. Without
	 * openat2(), check only the path. Symlinks that leave the directory are not detected.
	 */
	if (path[0] == '/' || strstr(path, ".."))
		return -EXDEV;
	fd = openat(dir, path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Opens the file that the O_PATH descriptor `node` refers to. Returns a descriptor or -errno. */
static int reopen(int node, int flags)
{
	char link[32];
	int fd;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", node);
	fd = open(link, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_regular(int dir, const char *path, int flags)
{
	dh_auto(fd) int node = open_beneath(dir, path, O_PATH | (flags & O_NOFOLLOW));
	struct stat facts;
	int fd;

	if (node < 0)
		return node;
	if (fstat(node, &facts))
		return -errno;
	if (!S_ISREG(facts.st_mode))
		return S_ISLNK(facts.st_mode) ? -ELOOP : -EINVAL;
	flags |= O_NONBLOCK | O_NOCTTY;
	fd = reopen(node, flags & ~O_NOFOLLOW);
	/*
	 * Without /proc, open the path again. If a FIFO has replaced the file since the check
	 * above, the open does not block, because of O_NONBLOCK.
	 */
	return fd == -ENOENT ? open_beneath(dir, path, flags) : fd;
}

/*
 * If `path` is a symlink that stands for an error, returns its -errno, or -EIO if the name of the
 * error is unknown. Otherwise returns 0.
 */
static int error_of_link(int dir, const char *path)
{
	static const char prefix[] = DH_ERROR_LINK;
	dh_auto(fd) int fd = open_beneath(dir, path, O_PATH | O_NOFOLLOW);
	char target[64];
	ssize_t length = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target) - 1);

	if (length < (ssize_t)sizeof(prefix) || memcmp(target, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	target[length] = '\0';
	for (int error = 1; error < 256; error++)
		if (!strcmp(dh_errno_name(error), target + sizeof(prefix) - 1))
			return -error;
	return -EIO;
}

/*
 * Returns the -errno that `path` or one of its parents stands for, or 0. A symlink that stands for
 * an error has an absolute target, so opening a file through it fails.
 */
static int recorded_error(int dir, const char *path)
{
	char part[PATH_MAX];

	for (const char *end = path; *end;) {
		int error;

		end += strspn(end, "/");
		end += strcspn(end, "/");
		if ((size_t)(end - path) >= sizeof(part))
			return 0;
		memcpy(part, path, (size_t)(end - path));
		part[end - path] = '\0';
		error = error_of_link(dir, part);
		if (error)
			return error;
	}
	return 0;
}

int dh_file_open(int dir, const char *path, int flags)
{
	dh_auto(fd) int fd = recorded && !(flags & (O_PATH | O_DIRECTORY))
				     ? open_regular(dir, path, flags)
				     : open_beneath(dir, path, flags);
	int error = 0;

	/* O_PATH | O_NOFOLLOW opens the symlink itself. */
	if (recorded && (fd < 0 || flags & O_NOFOLLOW))
		error = recorded_error(dir, path);
	return error ? error : fd < 0 ? fd : dh_steal_fd(&fd);
}

void dh_error_link(int error, char out[DH_ERROR_LINK_MAX])
{
	snprintf(out, DH_ERROR_LINK_MAX, DH_ERROR_LINK "%s", dh_errno_name(error));
}

static int check_device(int fd, dev_t number)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	return S_ISCHR(st.st_mode) && st.st_rdev == number ? 0 : -ESTALE;
}

int dh_device_open(int dir, const char *path, dev_t number, int flags)
{
	dh_auto(fd) int node = dh_file_open(dir, path, O_PATH | O_NOFOLLOW);
	dh_auto(fd) int fd = -1;
	int ret;

	if (node < 0)
		return node;
	ret = check_device(node, number);
	if (ret)
		return ret;

	fd = reopen(node, flags);
	/*
	 * Without /proc, open the path again. Another process may have replaced the node since the
	 * first check, so check_device() below checks the descriptor, too.
	 */
	if (fd == -ENOENT)
		fd = open_beneath(dir, path, flags | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	ret = check_device(fd, number);
	return ret ? ret : dh_steal_fd(&fd);
}

ssize_t dh_file_read(int dir, const char *path, char *text, size_t size)
{
	dh_auto(fd) int fd = dh_file_open(dir, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	size_t length = 0;

	if (fd < 0)
		return fd;

	for (;;) {
		ssize_t got = read(fd, text + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length += (size_t)got;
		/* The NUL needs the last byte of the buffer. */
		if (length == size)
			return -EFBIG;
	}

	if (length && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return (ssize_t)length;
}

int dh_file_read_u64(int dir, const char *path, uint64_t *value)
{
	char text[32];
	ssize_t length = dh_file_read(dir, path, text, sizeof(text));

	if (length < 0)
		return (int)length;
	return dh_digits_parse(text, (size_t)length, 10, value) ? 0 : -EBADMSG;
}

static int by_name(const void *a, const void *b)
{
	return dh_text_compare(*(char *const *)a, *(char *const *)b);
}

int dh_dir_open(int dir, const char *path, DIR **stream)
{
	dh_auto(fd) int fd = dh_file_open(dir, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	DIR *opened = fd < 0 ? NULL : fdopendir(fd);

	if (!opened)
		return fd < 0 ? fd : -errno;
	(void)dh_steal_fd(&fd);
	*stream = opened;
	return 0;
}

int dh_dir_next(DIR *stream, const char **name)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(stream);
	} while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	*name = entry ? entry->d_name : NULL;
	return entry ? 0 : -errno;
}

static int read_names(int dir, const char *path, char ***names, size_t *n)
{
	dh_auto(dir) DIR *stream = NULL;
	const char *entry = NULL;
	int ret = dh_dir_open(dir, path, &stream);

	while (!ret) {
		char **name;

		ret = dh_dir_next(stream, &entry);
		if (ret || !entry)
			break;
		name = dh_array_add(names, n);
		if (!name || dh_text_copy(name, entry))
			return -ENOMEM;
	}
	return ret;
}

int dh_dir_each(int dir, const char *path, int (*visit)(void *data, const char *name), void *data)
{
	char **names = NULL;
	size_t n = 0;
	int ret = read_names(dir, path, &names, &n);

	if (!ret)
		dh_array_sort(names, n, by_name);
	for (size_t i = 0; i < n; i++) {
		if (!ret)
			ret = visit(data, names[i]);
		free(names[i]);
	}
	free(names);
	return ret;
}
