// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/archive.h"

#include <errno.h>

#ifdef HAVE_LIBARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/library.h"

/* clang-format off */
#define FUNCTIONS(x)                              \
	x(archive_errno)                          \
	x(archive_error_string)                   \
	x(archive_write_new)                      \
	x(archive_write_set_format_pax_restricted) \
	x(archive_write_open_fd)                  \
	x(archive_write_header)                   \
	x(archive_write_data)                     \
	x(archive_write_close)                    \
	x(archive_write_free)                     \
	x(archive_read_new)                       \
	x(archive_read_support_format_tar)        \
	x(archive_read_open_fd)                   \
	x(archive_read_next_header)               \
	x(archive_read_data)                      \
	x(archive_read_free)                      \
	x(archive_entry_new)                      \
	x(archive_entry_free)                     \
	x(archive_entry_clear)                    \
	x(archive_entry_set_pathname)             \
	x(archive_entry_set_filetype)             \
	x(archive_entry_set_perm)                 \
	x(archive_entry_set_mtime)                \
	x(archive_entry_set_size)                 \
	x(archive_entry_set_symlink)              \
	x(archive_entry_pathname)                 \
	x(archive_entry_filetype)                 \
	x(archive_entry_hardlink)                 \
	x(archive_entry_symlink)
/* clang-format on */

#define FUNCTION_POINTER(name) __typeof__(&name) name;
#define FUNCTION_NAME(name)    #name,

/* Pointers to the functions in FUNCTIONS, in the same order. load_library() sets them. */
static struct {
	FUNCTIONS(FUNCTION_POINTER)
} library;

static int load_library(void)
{
	static const char *const names[] = { FUNCTIONS(FUNCTION_NAME) };

	return dh_library_load("libarchive.so.13", names, ARRAY_SIZE(names), &library, NULL);
}

/* Returns the -errno of the archive's last error, or -EIO if libarchive set no positive errno. */
static int error_of(struct archive *archive)
{
	int error = library.archive_errno(archive);

	return error > 0 ? -error : -EIO;
}

/* --- Writing ------------------------------------------------------------------------ */

struct dh_archive {
	struct archive *writer;
	struct archive_entry *entry;
	time_t time;
};

int dh_archive_create(int fd, struct dh_archive **archive)
{
	struct dh_archive *created;
	int ret = load_library();

	if (ret)
		return ret;
	created = calloc(1, sizeof(*created));
	if (!created)
		return -ENOMEM;
	created->time = time(NULL);
	created->writer = library.archive_write_new();
	created->entry = library.archive_entry_new();
	if (!created->writer || !created->entry)
		ret = -ENOMEM;
	else if (library.archive_write_set_format_pax_restricted(created->writer) ||
		 library.archive_write_open_fd(created->writer, fd))
		ret = error_of(created->writer);
	if (ret)
		dh_archive_close(created);
	else
		*archive = created;
	return ret;
}

int dh_archive_add(struct dh_archive *archive, const char *path, enum dh_member type,
		   const void *data, size_t length)
{
	static const unsigned int file_types[] = {
		[DH_MEMBER_FILE] = AE_IFREG,
		[DH_MEMBER_FOLDER] = AE_IFDIR,
		[DH_MEMBER_LINK] = AE_IFLNK,
	};
	struct archive_entry *entry = library.archive_entry_clear(archive->entry);

	library.archive_entry_set_pathname(entry, path);
	library.archive_entry_set_mtime(entry, archive->time, 0);
	library.archive_entry_set_filetype(entry, file_types[type]);
	library.archive_entry_set_perm(entry, type == DH_MEMBER_FILE ? 0644 : 0755);
	if (type == DH_MEMBER_FILE)
		library.archive_entry_set_size(entry, (int64_t)length);
	else if (type == DH_MEMBER_LINK)
		library.archive_entry_set_symlink(entry, data);
	/*
	 * Accept ARCHIVE_WARN: libarchive warns about a name that is not UTF-8, but stores it
	 * unchanged.
	 */
	if (library.archive_write_header(archive->writer, entry) < ARCHIVE_WARN)
		return error_of(archive->writer);
	if (type == DH_MEMBER_FILE && length &&
	    library.archive_write_data(archive->writer, data, length) != (ssize_t)length)
		return error_of(archive->writer);
	return 0;
}

int dh_archive_close(struct dh_archive *archive)
{
	int ret = 0;

	if (!archive)
		return 0;
	if (archive->writer && library.archive_write_close(archive->writer))
		ret = error_of(archive->writer);
	if (archive->writer)
		library.archive_write_free(archive->writer);
	if (archive->entry)
		library.archive_entry_free(archive->entry);
	free(archive);
	return ret;
}

/* --- Extraction --------------------------------------------------------------------- */

struct extraction {
	struct archive *reader;
	int folder;
	size_t members, bytes;
	char *reason; /* DH_EXTRACT_REASON_MAX bytes */
};

static void dh_auto_reader(struct archive **reader)
{
	if (*reader)
		library.archive_read_free(*reader);
}

__attribute__((format(printf, 3, 4))) static int fail(struct extraction *extraction, int error,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(extraction->reason, DH_EXTRACT_REASON_MAX, format, args);
	va_end(args);
	return error;
}

/*
 * Opens the directory that contains the last component of `path`, and creates missing directories.
 * Splits `path` in place, and sets `*name` to the last component, or to "" if `path` is the top
 * directory. Returns a descriptor that the caller owns, or -errno.
 */
static int open_parent(int folder, char *path, const char **name)
{
	dh_auto(fd) int parent = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	char *component;

	*name = "";
	while ((component = strsep(&path, "/"))) {
		int next;

		if (!*component || !strcmp(component, "."))
			continue;
		if (!strcmp(component, ".."))
			return -EXDEV;
		if (**name) {
			if (mkdirat(parent, *name, 0700) && errno != EEXIST)
				return -errno;
			next = openat(parent, *name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (next < 0)
				return -errno;
			close(parent);
			parent = next;
		}
		*name = component;
	}
	return dh_steal_fd(&parent);
}

static int extract_file(struct extraction *extraction, int parent, const char *name)
{
	dh_auto(fd) int fd =
		openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	char data[16384];
	ssize_t got;

	if (fd < 0)
		return -errno;
	while ((got = library.archive_read_data(extraction->reader, data, sizeof(data))) > 0) {
		extraction->bytes += (size_t)got;
		if (extraction->bytes > DH_EXTRACT_BYTES_MAX)
			return -EFBIG;
		for (ssize_t done = 0, n; done < got; done += n) {
			n = write(fd, data + done, (size_t)(got - done));
			if (n < 0)
				return -errno;
		}
	}
	return got < 0 ? fail(extraction, -EBADMSG, "%s",
			      library.archive_error_string(extraction->reader))
		       : 0;
}

/* Extracts a member to `name` in the directory `parent`, which exists. Returns 0 or -errno. */
static int extract_to(struct extraction *extraction, struct archive_entry *entry, int parent,
		      const char *name)
{
	if (library.archive_entry_hardlink(entry))
		return -EMLINK;
	switch (library.archive_entry_filetype(entry)) {
	case AE_IFREG:
		return extract_file(extraction, parent, name);
	case AE_IFDIR:
		return *name && mkdirat(parent, name, 0700) && errno != EEXIST ? -errno : 0;
	case AE_IFLNK:
		return symlinkat(library.archive_entry_symlink(entry), parent, name) ? -errno : 0;
	default:
		return -EMLINK;
	}
}

static int extract_member(struct extraction *extraction, struct archive_entry *entry)
{
	static const struct {
		int error;
		const char *reason;
	} invalid[] = {
		{ -EXDEV, "path contains '..'" },
		{ -ENOTDIR, "a parent is not a directory" },
		{ -ELOOP, "a parent is not a directory" },
		{ -ENAMETOOLONG, "invalid path or symlink target" },
		{ -ENOENT, "invalid path or symlink target" },
		{ -EEXIST, "occurs twice" },
		{ -EMLINK, "not a regular file, directory or symlink" },
	};
	const char *path = library.archive_entry_pathname(entry), *name;
	dh_auto(free) char *copy = path ? strdup(path) : NULL;
	dh_auto(fd) int parent = -1;
	int ret;

	if (!path)
		return fail(extraction, -EBADMSG, "a member has no valid name");
	if (!copy)
		return -ENOMEM;
	if (++extraction->members > DH_EXTRACT_MEMBERS_MAX)
		return -EFBIG;
	if (*path == '/')
		return fail(extraction, -EBADMSG, "member '%.255s': absolute path", path);
	parent = open_parent(extraction->folder, copy, &name);
	ret = parent < 0 ? parent : extract_to(extraction, entry, parent, name);
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		if (ret == invalid[i].error)
			return fail(extraction, -EBADMSG, "member '%.255s': %s", path,
				    invalid[i].reason);
	return ret;
}

int dh_archive_extract(int fd, int folder, char reason[DH_EXTRACT_REASON_MAX])
{
	dh_auto(reader) struct archive *reader = NULL;
	struct extraction extraction = { .folder = folder, .reason = reason };
	struct archive_entry *entry;
	int ret = load_library();

	*reason = '\0';
	if (ret)
		return ret;
	extraction.reader = reader = library.archive_read_new();
	if (!reader)
		return -ENOMEM;
	if (library.archive_read_support_format_tar(reader) ||
	    library.archive_read_open_fd(reader, fd, 65536))
		return fail(&extraction, -EBADMSG, "%s", library.archive_error_string(reader));
	while (!ret) {
		int found = library.archive_read_next_header(reader, &entry);

		if (found == ARCHIVE_EOF)
			break;
		if (found < ARCHIVE_WARN)
			return fail(&extraction, -EBADMSG, "%s",
				    library.archive_error_string(reader));
		ret = extract_member(&extraction, entry);
	}
	return ret;
}

#else

int dh_archive_create(int fd, struct dh_archive **archive)
{
	(void)fd, (void)archive;
	return -ELIBACC;
}

int dh_archive_add(struct dh_archive *archive, const char *path, enum dh_member type,
		   const void *data, size_t length)
{
	(void)archive, (void)path, (void)type, (void)data, (void)length;
	return -ELIBACC;
}

int dh_archive_close(struct dh_archive *archive)
{
	(void)archive;
	return 0;
}

int dh_archive_extract(int fd, int folder, char reason[DH_EXTRACT_REASON_MAX])
{
	(void)fd, (void)folder;
	*reason = '\0';
	return -ELIBACC;
}

#endif
