/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extracts a tar file into a temporary directory that exists until this process calls
 * dh_unpacked_remove() or ends.
 *
 * A child process extracts the file, so damaged files cannot crash this process. The child also
 * removes the directory, even if a signal kills this process.
 */
#ifndef DH_BASE_UNPACK_H
#define DH_BASE_UNPACK_H

#include <sys/types.h>

#include "base/archive.h"

/* A zeroed struct is valid, and refers to no directory. */
struct dh_unpacked {
	pid_t child;
	int socket; /* the child exits when this process closes the socket */
};

/*
 * Extracts the tar file `fd` into a new directory in /tmp with mode 0700. Returns an O_PATH
 * descriptor of the directory, which the caller owns; -ENOTRECOVERABLE if the child crashed; or
 * another -errno as dh_archive_extract() does. After an error, `reason` describes the cause, or is
 * "". After success, the caller must call dh_unpacked_remove().
 */
int dh_unpack(int fd, struct dh_unpacked *unpacked, char reason[DH_EXTRACT_REASON_MAX]);

/* Closes the socket, and waits until the child has removed the directory. */
void dh_unpacked_remove(struct dh_unpacked *unpacked);

#endif
