/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Variables that release their resource at the end of their scope: `dh_auto(fd) int fd = -1;`. The
 * headers of other types define dh_auto_KIND as the function that releases their resources.
 *
 * A function that uses dh_auto() must not use `goto out`: a jump over a declaration would release
 * an uninitialised variable. dh_steal_fd() and dh_steal_ptr() return the resource and reset the
 * variable to -1 or NULL, so the caller then owns the resource.
 */
#ifndef DH_BASE_AUTO_H
#define DH_BASE_AUTO_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define dh_auto(kind) __attribute__((cleanup(dh_auto_##kind)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void dh_auto_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void dh_auto_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void dh_auto_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static inline void dh_auto_free(void *ptr)
{
	free(*(void **)ptr);
}

static inline int dh_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#define dh_steal_ptr(ptr)                      \
	({                                     \
		__typeof__(ptr) _stolen = ptr; \
		(ptr) = NULL;                  \
		_stolen;                       \
	})

#endif
