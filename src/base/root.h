/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access to files below /sys, /proc, /dev and /etc through directory descriptors.
 *
 * discover/ reads files through these descriptors, so the same code reads the running system, a
 * recorded tree (--sysroot) and a mocked system. A lookup that leaves its directory, through ".."
 * or a symlink, fails with -EXDEV. Without openat2(), which Linux 5.6 added, symlinks are not
 * checked.
 */
#ifndef DH_BASE_ROOT_H
#define DH_BASE_ROOT_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/log.h"
#include "base/maybe.h"
#include "base/unpack.h"

struct dh_root {
	/* O_PATH descriptors; -1: cannot be opened; -DH_NOT_MOUNTED: see dh_root_open(). */
	int sys;
	int proc;
	int dev;
	int etc;
	/* False for a recorded tree: do not open its device nodes, and do not use libudev. */
	bool live;
	const struct dh_log *log; /* not owned; may be NULL */
	/*
	 * True for the running system, and for a tree with the file DH_RECORD_FILE. If `complete`
	 * is true, process 1 is missing only if /proc hides processes (hidepid). A tree without
	 * DH_RECORD_FILE may contain only some processes.
	 */
	bool complete;
	struct dh_maybe page_size; /* bytes; unknown for a tree without DH_RECORD_FILE */
	struct dh_unpacked unpacked;
};

/*
 * File of a recorded tree. It contains a line record (base/record.h) with facts that no file of the
 * recorded system contains: "record major=1 page_size=4096".
 */
#define DH_RECORD_FILE	"record"
#define DH_RECORD_MAJOR 1

/*
 * In a recorded tree, a symlink with a target such as "/errno/EACCES" stands for a file or
 * directory that could not be read. For the path of the symlink, and for every path beneath it, the
 * functions below return this error.
 */
#define DH_ERROR_LINK	  "/errno/"
#define DH_ERROR_LINK_MAX 64

/* Stores the target of the symlink that stands for `error`, a positive errno, in `out`. */
void dh_error_link(int error, char out[DH_ERROR_LINK_MAX]);

/*
 * Opens the directories dev, etc, proc and sys of the recorded tree `sysroot`, which is a directory
 * or a tar file. If `sysroot` is NULL, opens those of the running system. Missing directories are
 * not an error. The caller must call dh_root_close(), even after an error.
 *
 * Returns 0, or -errno if `sysroot` cannot be opened: -EPROTO if DH_RECORD_FILE has another major
 * version, -EBADMSG if it is malformed, or an error from dh_unpack(). After an error, `reason`
 * describes the cause, or is "".
 *
 * If the running or recorded system has no sysfs on /sys, or no procfs on /proc, reads below that
 * directory return -DH_NOT_MOUNTED. A chroot or an initramfs may lack both.
 */
int dh_root_open(struct dh_root *root, const char *sysroot, const struct dh_log *log,
		 char reason[DH_EXTRACT_REASON_MAX]);
void dh_root_close(struct dh_root *root);

/*
 * Checks whether the process can open five more descriptors, which are enough for any function of
 * discover/. Call this function first: most functions of discover/ treat a file that they cannot
 * open as absent. Returns 0, -EMFILE or -ENFILE.
 */
int dh_root_check_fds(void);

#define dh_auto_root dh_root_close

/*
 * Opens `path` beneath `dir` with `flags` and O_CLOEXEC. Returns a descriptor that the caller owns,
 * or -errno: -ENOENT if `dir` is -1, and -DH_NOT_MOUNTED if `dir` is -DH_NOT_MOUNTED. In a recorded
 * tree, returns -EINVAL for a file that is not regular, unless `flags` contains O_PATH or
 * O_DIRECTORY.
 */
int dh_file_open(int dir, const char *path, int flags);

/*
 * Opens the character device `path` beneath `dir` with `flags` and O_CLOEXEC if its device number
 * is `number`. Opening another device can have side effects: a watchdog starts, or a tty waits for
 * its carrier. The function therefore checks the device with an O_PATH descriptor before it opens
 * the device through /proc/self/fd.
 *
 * Returns a descriptor that the caller owns, or -errno: -ELOOP for a symlink, and -ESTALE for
 * another device or file type.
 */
int dh_device_open(int dir, const char *path, dev_t number, int flags);

/*
 * Reads a small file into `text`, a buffer of `size` bytes. Removes one trailing newline, and
 * appends a NUL. Returns the length without the NUL, or -errno: -EFBIG if the file does not fit.
 */
ssize_t dh_file_read(int dir, const char *path, char *text, size_t size);

/*
 * Reads a file that contains one decimal number. Returns 0 or -errno: -EBADMSG for other content,
 * and -EFBIG for a file of more than 31 bytes. `*value` is unchanged on failure.
 */
int dh_file_read_u64(int dir, const char *path, uint64_t *value);

/*
 * Opens the directory `path` beneath `dir` for dh_dir_next(). Stores a stream in `*stream`, which
 * the caller closes. Returns 0, or -errno as dh_file_open() does; on failure, `*stream` is
 * unchanged.
 */
int dh_dir_open(int dir, const char *path, DIR **stream);

/*
 * Stores the name of the next entry except "." and ".." in `*name`, or NULL after the last entry.
 * The name is valid until the next call. Returns 0 or -errno.
 */
int dh_dir_next(DIR *stream, const char **name);

/*
 * Calls `visit` for each directory entry except "." and "..", in natural order of the names. Stops
 * at the first non-zero result of `visit` and returns it, else returns 0. If the directory cannot
 * be read, returns -errno without calling `visit`.
 */
int dh_dir_each(int dir, const char *path, int (*visit)(void *data, const char *name), void *data);

#endif
