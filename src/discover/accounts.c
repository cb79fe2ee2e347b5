// SPDX-License-Identifier: GPL-2.0-or-later
#include "discover/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"

#if defined(HAVE_FGETPWENT) && defined(HAVE_FGETGRENT)

static FILE *database_open(const struct dh_root *root, const char *path)
{
	dh_auto(fd) int fd = dh_file_open(root->etc, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	FILE *file;

	if (fd < 0)
		return NULL;
	file = fdopen(fd, "re");
	if (file)
		dh_steal_fd(&fd);
	return file;
}

int dh_account_user(const struct dh_root *root, uid_t uid, char **name)
{
	dh_auto(file) FILE *file = database_open(root, "passwd");
	struct passwd *entry;

	*name = NULL;
	while (file && (entry = fgetpwent(file)) != NULL) {
		if (entry->pw_uid != uid)
			continue;
		*name = strdup(entry->pw_name);
		return *name ? 0 : -ENOMEM;
	}
	return 0;
}

int dh_account_group(const struct dh_root *root, gid_t gid, char **name)
{
	dh_auto(file) FILE *file = database_open(root, "group");
	struct group *entry;

	*name = NULL;
	while (file && (entry = fgetgrent(file)) != NULL) {
		if (entry->gr_gid != gid)
			continue;
		*name = strdup(entry->gr_name);
		return *name ? 0 : -ENOMEM;
	}
	return 0;
}

#else

int dh_account_user(const struct dh_root *root, uid_t uid, char **name)
{
	(void)root;
	(void)uid;
	*name = NULL;
	return 0;
}

int dh_account_group(const struct dh_root *root, gid_t gid, char **name)
{
	(void)root;
	(void)gid;
	*name = NULL;
	return 0;
}

#endif
