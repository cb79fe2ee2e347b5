/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the names of users and groups from the files passwd and group in the directory root->etc.
 *
 * Does not use NSS, which would return the names of the host for a recorded tree, and is not
 * available in a static binary.
 */
#ifndef DH_DISCOVER_PASSWD_H
#define DH_DISCOVER_PASSWD_H

#include <sys/types.h>

#include "base/root.h"

/*
 * Each function sets `*name` to the name of the user or group, or to NULL if the file does not
 * contain the ID or is not readable. The caller frees `*name`. Returns 0 or -ENOMEM.
 */
int dh_passwd_user(const struct dh_root *root, uid_t uid, char **name);
int dh_passwd_group(const struct dh_root *root, gid_t gid, char **name);

#endif
