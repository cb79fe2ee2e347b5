/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the names of users and groups from etc/passwd and etc/group below the root.
 *
 * NSS would return the names of the host for a recorded tree, and is not available in a static
 * binary.
 */
#ifndef DH_DISCOVER_PASSWD_H
#define DH_DISCOVER_PASSWD_H

#include <sys/types.h>

#include "base/root.h"

/*
 * Each sets `*name` to the name of the ID, which the caller frees, or to NULL if the file has no
 * name for the ID. Returns 0 or -ENOMEM.
 */
int dh_passwd_user(const struct dh_root *root, uid_t uid, char **name);
int dh_passwd_group(const struct dh_root *root, gid_t gid, char **name);

#endif
