/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which descriptors and mappings of all processes are of dma-bufs, as the kernel itself tells
 * them apart: by BPF iterators over all files and all mappings (discover/bpf.h). /proc takes
 * about five system calls for each descriptor. The iterators are for systems with very many
 * descriptors, where only a few refer to dma-bufs.
 *
 * A sighting only says where to look. What is there is read from /proc.
 */
#ifndef DH_DISCOVER_TASK_REFS_H
#define DH_DISCOVER_TASK_REFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/root.h"
#include "discover/records.h"

struct dh_task_refs {
	struct dh_task_ref *all; /* each once, in the order of pid, tid, fd */
	size_t n, room;
};

/*
 * 0, or -errno for any reason to read all of /proc instead, which `-v` is told: a build
 * without BPF (-EOPNOTSUPP), a kernel that lacks BPF or its own BTF, a caller without the
 * capabilities (-EPERM), a namespace of processes other than the first (-EXDEV), or so few open
 * files that reading them costs less than loading programs (-ENODATA). The caller clears
 * `sightings`, also after a failure.
 */
int dh_task_refs_read(const struct dh_root *root, struct dh_task_refs *sightings);
void dh_task_refs_clear(struct dh_task_refs *sightings);

static inline void dh_auto_task_refs(struct dh_task_refs *sightings)
{
	dh_task_refs_clear(sightings);
}

/* How many there are of a process; the first of them in `first`. */
size_t dh_task_refs_find(const struct dh_task_refs *sightings, pid_t pid,
			 const struct dh_task_ref **first);

#endif
