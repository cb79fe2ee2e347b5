/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Result of recording a system.
 */
#ifndef DH_MODEL_RECORDING_H
#define DH_MODEL_RECORDING_H

#include <stdbool.h>

#include "base/maybe.h"

struct dh_recording {
	const char *file;	   /* path of the tar file; not owned */
	bool names;		   /* the file contains the names of processes */
	struct dh_maybe members;   /* number of files, directories and symlinks */
	struct dh_maybe bytes;	   /* total size of the files */
	struct dh_maybe processes; /* number of recorded processes */
	/* Number of files and directories that exist but could not be read. */
	struct dh_maybe unreadable;
	char unreadable_path[256]; /* the first unreadable path, such as "sys/kernel/debug/cma" */
	int unreadable_error;	   /* errno from reading this path */
};

#endif
