/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of users and groups, from etc/passwd and etc/group below the root.
 *
 * Not through NSS: a recorded tree has names of its own, and a static binary has none.
 */
#ifndef DH_DISCOVER_PASSWD_H
#define DH_DISCOVER_PASSWD_H

#include <sys/types.h>

#include "base/root.h"

/* 0 and a name that the caller frees, NULL where the number has none; -ENOMEM. */
int dh_passwd_user(const struct dh_root *root, uid_t uid, char **name);
int dh_passwd_group(const struct dh_root *root, gid_t gid, char **name);

#endif
