/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of the kernel and of the system, below directories opened once.
 *
 * Everything the tool reads goes through these descriptors, so the same code
 * reads the running machine, a recorded one (`--sysroot`) and a mocked one.
 * Look-ups stay beneath their directory: an absolute symlink, or one that
 * climbs out, is refused with -EXDEV.
 */
#ifndef DH_BASE_ROOT_H
#define DH_BASE_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/log.h"

struct dh_root {
	/* O_PATH descriptors; -1 where the directory is absent, -DH_NOT_MOUNTED as below. */
	int sys;
	int proc;
	int dev;
	int etc;
	/* false for a recorded tree: its nodes must not be opened, libudev not asked. */
	bool live;
	const struct dh_log *log; /* not owned, may be NULL */
};

/*
 * Opens sys, proc, dev and etc of the running system (`sysroot` NULL) or below
 * the folder `sysroot`. A missing one is no error; -errno only where `sysroot`
 * itself cannot be opened. Close with dh_root_close().
 *
 * /sys and /proc of the running system have to be a sysfs and a procfs. Where one is not
 * (a chroot, an initramfs), every read below it returns -DH_NOT_MOUNTED.
 */
int dh_root_open(struct dh_root *root, const char *sysroot, const struct dh_log *log);
void dh_root_close(struct dh_root *root);

/*
 * Is there room for the few descriptors that reading takes at a time? 0, -EMFILE or -ENFILE.
 * A source that cannot be opened is an absent one to most readers, so this is asked before.
 */
int dh_root_check_fds(void);

static inline void dh_auto_root(struct dh_root *root)
{
	dh_root_close(root);
}

/*
 * Opens `path` beneath `dir`, always with O_CLOEXEC. Returns a descriptor that the caller owns,
 * or -errno (-ENOENT where `dir` is -1, -DH_NOT_MOUNTED where it is that). Once a recorded
 * tree was opened, a file to be read has to be a regular one, and is not opened otherwise:
 * -EINVAL.
 */
int dh_file_open(int dir, const char *path, int flags);

/*
 * Opens the character device `path` beneath `dir` if it is the one with this number, with
 * O_CLOEXEC. An open has side effects (a watchdog starts, a tty waits for its carrier), so the
 * node is looked at with O_PATH first, and that very node is opened through /proc/self/fd.
 * Returns a descriptor that the caller owns, or -errno; -ELOOP where a symlink and
 * -ESTALE where something else stands there, which is not opened.
 */
int dh_device_open(int dir, const char *path, dev_t number, int flags);

/*
 * Reads a whole small file into `text`, ended by a NUL, one trailing newline
 * taken off. Returns the length, or -errno; -EFBIG where it does not fit.
 */
ssize_t dh_file_read(int dir, const char *path, char *text, size_t size);

/*
 * The same for a file that is one decimal number and nothing else. 0 or -errno; -EBADMSG where
 * the file holds anything but a number.
 */
int dh_file_read_u64(int dir, const char *path, uint64_t *value);

/*
 * Calls `visit` for each entry of the folder but "." and "..", in name order, until
 * it returns non-zero, and returns that; -errno where the folder cannot be read.
 */
int dh_dir_each(int dir, const char *path, int (*visit)(void *data, const char *name), void *data);

#endif
