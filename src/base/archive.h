/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes and extracts tar files with libarchive.
 *
 * The first call loads libarchive. Linking with libarchive would load its compression and XML
 * libraries at each start, and double the run time of a short command. dh_archive_create() and
 * dh_archive_extract() return -ELIBACC if libarchive cannot be loaded, and -ENOMEM if out of
 * memory.
 */
#ifndef DH_BASE_ARCHIVE_H
#define DH_BASE_ARCHIVE_H

#include <stddef.h>

struct dh_archive;

enum dh_member {
	DH_MEMBER_FILE,
	DH_MEMBER_FOLDER, /* directory; `data` is not used */
	DH_MEMBER_LINK,	  /* symlink; `data` is its NUL-terminated target */
};

/*
 * Begins to write a tar file to `fd`. The caller still owns `fd`. Returns 0 or -errno. After
 * success, the caller must call dh_archive_close().
 */
int dh_archive_create(int fd, struct dh_archive **archive);

/* Appends a member with the relative path `path`. Returns 0 or -errno. */
int dh_archive_add(struct dh_archive *archive, const char *path, enum dh_member type,
		   const void *data, size_t length);

/* Completes the tar file, and frees `archive`, which may be NULL. Returns 0 or -errno. */
int dh_archive_close(struct dh_archive *archive);

/* Maximum total size of the files that dh_archive_extract() writes, in bytes. */
#define DH_EXTRACT_BYTES_MAX ((size_t)256 << 20)
/* Maximum number of members that dh_archive_extract() accepts. */
#define DH_EXTRACT_MEMBERS_MAX 1000000

/* Size in bytes of the buffer `reason`, including the NUL. */
#define DH_EXTRACT_REASON_MAX 512

/*
 * Extracts the uncompressed tar file `fd` into the empty directory `folder`. Creates files with
 * mode 0600 and directories with mode 0700, and ignores the recorded owners and times. Never
 * follows a symlink.
 *
 * Returns 0, or -errno: -EBADMSG if the file is not a tar file, is damaged or truncated, or
 * contains an invalid member; -EFBIG if the file exceeds a maximum above. After an error, `reason`
 * describes the cause, or is "".
 *
 * A member is invalid if it is not a regular file, directory or symlink, or if it is a file or
 * symlink that occurs twice. A member is also invalid if its path is absolute, empty or too long,
 * contains "..", or leads through a file or symlink. The target of a symlink must not be empty or
 * too long.
 */
int dh_archive_extract(int fd, int folder, char reason[DH_EXTRACT_REASON_MAX]);

#endif
