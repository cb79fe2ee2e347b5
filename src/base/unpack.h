/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extracts a tar file into a temporary folder that exists until dh_unpacked_remove() or the end of
 * this process.
 *
 * A child process extracts the file, so damaged files cannot crash this process. The child also
 * removes the folder, even if a signal killed this process.
 */
#ifndef DH_BASE_UNPACK_H
#define DH_BASE_UNPACK_H

#include <sys/types.h>

#include "base/archive.h"

/* Zeroed memory is valid: no folder. */
struct dh_unpacked {
	pid_t child;
	int socket; /* closing it ends the child */
};

/*
 * Extracts the tar file `fd` into a new folder in /tmp that only the caller can access. Returns an
 * O_PATH descriptor of the folder, which the caller owns, or -errno as dh_archive_extract() does;
 * -ENOTRECOVERABLE if the child crashed. After an error, stores its reason in `reason`, or "".
 * After success, the caller calls dh_unpacked_remove().
 */
int dh_unpack(int fd, struct dh_unpacked *unpacked, char reason[DH_EXTRACT_REASON_MAX]);

/* Removes the folder, and waits for the child. */
void dh_unpacked_remove(struct dh_unpacked *unpacked);

#endif
