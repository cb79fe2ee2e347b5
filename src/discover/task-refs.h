/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists the descriptors and mappings that refer to dma-bufs, in all processes, with BPF iterators
 * (discover/bpf.h). Without the list, reading /proc requires a readlink() for every descriptor of
 * every process. With the list, only descriptors of dma-bufs need a readlink().
 *
 * A reference does not describe the buffer: discover/holders.c reads the description from /proc.
 */
#ifndef DH_DISCOVER_TASK_REFS_H
#define DH_DISCOVER_TASK_REFS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/root.h"
#include "discover/records.h"

struct dh_task_refs {
	struct dh_task_ref *all; /* unique, sorted by pid, tid and fd */
	size_t n;
};

/*
 * Reads the references of all processes. If the caller must read all of /proc instead, logs the
 * reason, and returns -errno:
 *
 *   -EOPNOTSUPP  this build has no BPF
 *   -EPERM       the caller lacks the capabilities
 *   -EXDEV       the caller is not in the initial PID namespace
 *   -ENODATA     few files are open, so reading /proc is faster, or their number is unknown
 *   others       for example, the kernel lacks BPF or its own BTF
 *
 * Otherwise returns 0. The caller clears `refs`, even after an error.
 */
int dh_task_refs_read(const struct dh_root *root, struct dh_task_refs *refs);
void dh_task_refs_clear(struct dh_task_refs *refs);

static inline void dh_auto_task_refs(struct dh_task_refs *refs)
{
	dh_task_refs_clear(refs);
}

/* Returns the number of references of the process `pid`, and sets `*first` to the first one. */
size_t dh_task_refs_find(const struct dh_task_refs *refs, pid_t pid,
			 const struct dh_task_ref **first);

#endif
