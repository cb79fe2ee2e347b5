// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/saving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"

void dh_saving_release(struct dh_saving *saving)
{
	if (saving->file)
		fclose(saving->file);
	if (saving->temporary)
		unlink(saving->temporary);
	free(saving->temporary);
	free(saving->path);
	*saving = (struct dh_saving){ 0 };
}

/*
 * Creates the temporary file next to saving->path, with the permissions `mode`, and opens it as
 * saving->file. Returns 0 or -errno.
 */
static int open_temporary(struct dh_saving *saving, mode_t mode)
{
	dh_auto(fd) int fd = -1;

	saving->temporary = dh_text_format("%s.XXXXXX", saving->path);
	if (!saving->temporary)
		return -ENOMEM;
	fd = mkostemp(saving->temporary, O_CLOEXEC);
	if (fd < 0) {
		int ret = -errno;

		free(dh_steal_ptr(saving->temporary));
		return ret;
	}
	if (fchmod(fd, mode))
		return -errno;
	saving->file = fdopen(fd, "we");
	if (!saving->file)
		return -errno;
	dh_steal_fd(&fd);
	return 0;
}

static int open_saving(const char *path, struct dh_saving *saving)
{
	mode_t mask = umask(0);
	struct stat facts;

	umask(mask);
	if (!stat(path, &facts)) {
		/* Replace the target of a symlink, not the symlink. */
		saving->path = S_ISREG(facts.st_mode) ? realpath(path, NULL) : strdup(path);
		if (!saving->path)
			return -errno;
		if (S_ISREG(facts.st_mode))
			return access(path, W_OK) ? -errno
						  : open_temporary(saving, facts.st_mode & 0777);
		saving->file = fopen(path, "we");
		return saving->file ? 0 : -errno;
	}
	if (errno != ENOENT)
		return -errno;
	saving->path = strdup(path);
	return saving->path ? open_temporary(saving, 0666 & ~mask) : -ENOMEM;
}

static enum dh_status fail(const char *path, int error)
{
	return dh_fail(DH_EXIT_ERROR, error, "file '%s': writing: %m", path);
}

enum dh_status dh_saving_begin(const char *path, struct dh_saving *saving)
{
	int ret = path ? open_saving(path, saving) : 0;

	return ret ? fail(path, ret) : DH_EXIT_DONE;
}

enum dh_status dh_saving_end(struct dh_saving *saving, int written)
{
	int ret = written;

	if (!saving->file)
		return DH_EXIT_DONE;
	if (fclose(dh_steal_ptr(saving->file)) && !ret)
		ret = -errno;
	if (!ret && saving->temporary && rename(saving->temporary, saving->path))
		ret = -errno;
	if (ret)
		return fail(saving->path, ret);
	free(dh_steal_ptr(saving->temporary));
	return DH_EXIT_DONE;
}
