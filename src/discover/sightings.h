/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which descriptors and mappings of all processes are of dma-bufs, as the kernel itself
 * tells them apart: by BPF iterators over all files and all mappings (iter/task_file since
 * 5.8, iter/task_vma since 5.12). /proc takes some five system calls to tell what a
 * descriptor is; this is for systems with very many of them, few of which are dma-bufs.
 *
 * A sighting only says where to look. What is there is read from /proc.
 */
#ifndef DH_DISCOVER_SIGHTINGS_H
#define DH_DISCOVER_SIGHTINGS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/root.h"

/* In place of a descriptor: the thread's memory has mappings of dma-bufs. */
#define DH_SIGHTING_MAPPED (-1)

/* The programs write these, so there are no gaps. */
struct dh_sighting {
	int32_t pid;
	int32_t tid; /* of the thread whose table it is, mostly the first */
	int32_t fd;
};

struct dh_sightings {
	struct dh_sighting *all; /* each once, in the order of pid, tid, fd */
	size_t n, room;
};

/*
 * 0, or -errno for any reason to read all of /proc instead, which `-v` is told: a build
 * without libbpf (-EOPNOTSUPP), a kernel that lacks BPF or the description of its own
 * types, a caller without the capabilities (-EPERM), a namespace of processes other than the first
 * (-EXDEV), or so few open files that reading them costs less than to ask (-ENODATA). The
 * caller clears `sightings`, also after a failure.
 *
 * While the kernel looks at a file it has a reference to it; none lasts.
 */
int dh_sightings_read(const struct dh_root *root, struct dh_sightings *sightings);
void dh_sightings_clear(struct dh_sightings *sightings);

static inline void dh_auto_sightings(struct dh_sightings *sightings)
{
	dh_sightings_clear(sightings);
}

/* How many there are of a process; the first of them in `first`. */
size_t dh_sightings_of(const struct dh_sightings *sightings, pid_t pid,
		       const struct dh_sighting **first);

#endif
