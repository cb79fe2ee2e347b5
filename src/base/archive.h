/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes and extracts tar files with libarchive.
 *
 * The first call loads libarchive. Linking it, with its compression and XML libraries, would double
 * the time that a short command takes. dh_archive_create() and dh_archive_extract() return
 * -ELIBACC if libarchive cannot be loaded, and -ENOMEM when memory is short.
 */
#ifndef DH_BASE_ARCHIVE_H
#define DH_BASE_ARCHIVE_H

#include <stddef.h>

struct dh_archive;

enum dh_member {
	DH_MEMBER_FILE,
	DH_MEMBER_FOLDER, /* `data` is not used */
	DH_MEMBER_LINK,	  /* symlink; `data` is its target, which ends with NUL */
};

/*
 * Starts a tar file at `fd`, which stays owned by the caller. Returns 0 or -errno. The caller calls
 * dh_archive_close() after success.
 */
int dh_archive_create(int fd, struct dh_archive **archive);

/* Appends a member with the relative path `path`. Returns 0 or -errno. */
int dh_archive_add(struct dh_archive *archive, const char *path, enum dh_member type,
		   const void *data, size_t length);

/* Ends the tar file, and frees `archive`, which may be NULL. Returns 0 or -errno. */
int dh_archive_close(struct dh_archive *archive);

/* Maximum total size of the files that dh_archive_extract() writes, in bytes. */
#define DH_EXTRACT_BYTES_MAX ((size_t)256 << 20)
/* Maximum number of members. */
#define DH_EXTRACT_MEMBERS_MAX 1000000

/* Size in bytes of a buffer for the reason of a failure. */
#define DH_EXTRACT_REASON_MAX 512

/*
 * Extracts the uncompressed tar file `fd` into the empty directory `folder`. Files have mode 0600
 * and folders 0700; owners and times are not extracted. Never follows a symlink.
 *
 * Returns 0, or -errno: -EBADMSG if the file is not a tar file, is damaged or truncated, or has an
 * invalid member; -EFBIG above a maximum. After an error, stores its reason in `reason`, or "".
 *
 * A member is invalid if it is not a file, a folder or a symlink, or if it is a file or a symlink
 * that occurs twice. It is also invalid if its path is absolute, is empty or too long, contains
 * "..", or leads through a file or a symlink.
 */
int dh_archive_extract(int fd, int folder, char reason[DH_EXTRACT_REASON_MAX]);

#endif
