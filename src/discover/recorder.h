/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records all files that the commands read with --sysroot, as a tree that dh_root_open() accepts.
 *
 * Opens no heap, and does not change the system. A file that exists but cannot be read becomes a
 * symlink that stands for the error (DH_ERROR_LINK in base/root.h). If the source is itself a
 * recorded tree, the new tree is equivalent to it.
 */
#ifndef DH_DISCOVER_RECORDER_H
#define DH_DISCOVER_RECORDER_H

#include "base/archive.h"
#include "base/root.h"
#include "model/recording.h"

struct dh_recorder {
	const struct dh_root *root;
	struct dh_archive *archive;
	const char *machine; /* as in struct utsname; NULL: copy /proc/sys/kernel/arch */
	struct dh_recording *result;
	int error; /* private: 0, or the first -errno from writing to `archive` */
	/*
	 * Private: the devices recorded so far. Each element is a path below /sys, or the name of
	 * an attached device.
	 */
	char **devices;
	size_t n_devices;
};

/*
 * Writes the tree to recorder->archive, and sets the figures of recorder->result. Before the call,
 * set the other public members, and zero the private members. Omits the names of processes unless
 * result->names is true.
 *
 * Records only some descriptors and mappings of a process (those of dma-bufs and sync_files), some
 * kernel parameters (those that begin with "cma="), and some users and groups (the owners of heap
 * nodes).
 *
 * Returns 0; -EINTR after a signal; or another -errno if out of memory or descriptors, or if the
 * archive cannot be written.
 */
int dh_recorder_run(struct dh_recorder *recorder);

/* A directory that is being recorded. */
struct dh_recorder_dir {
	struct dh_recorder *recorder;
	const char *name; /* path in the tree: "sys", "proc", "proc/7" and so on */
	int fd;
};

/*
 * These functions write one member below `dir`. They return 0, or -errno as dh_recorder_run() does.
 *
 * dh_recorder_read() copies the file `path` if it exists. dh_recorder_error() writes the symlink
 * that stands for `error`, a negative errno, or nothing for -ENOENT. After an error for which
 * dh_proc_fatal_error() is not 0, dh_recorder_error() only returns `error`.
 */
int dh_recorder_add(const struct dh_recorder_dir *dir, const char *path, enum dh_member type,
		    const void *data, size_t length);
int dh_recorder_read(const struct dh_recorder_dir *dir, const char *path);
int dh_recorder_error(const struct dh_recorder_dir *dir, const char *path, int error);

/*
 * Reads a file of less than 64 MiB, and appends a NUL. Returns 0 or -errno. The caller frees
 * `*text`, even after an error.
 */
int dh_recorder_load(int dir, const char *path, char **text, size_t *length);

/*
 * Writes an empty file if `path` exists. Use this function for a file whose content no reader
 * needs.
 */
int dh_recorder_exists(const struct dh_recorder_dir *dir, const char *path);

/* Records the files in /sys that the readers use. */
int dh_recorder_sys(const struct dh_recorder_dir *dir);

/* Records the dma-bufs of all processes in /proc, and whether each process could be read. */
int dh_recorder_processes(const struct dh_recorder_dir *dir);

#endif
