/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists the descriptors and mappings of all processes that refer to dma-bufs, by BPF iterators over
 * all files and mappings (discover/bpf.h). Reading /proc takes about five system calls for each
 * descriptor. The iterators avoid most of these calls if few of many descriptors refer to dma-bufs.
 *
 * A reference only says where to look: discover/holders.c then reads /proc.
 */
#ifndef DH_DISCOVER_TASK_REFS_H
#define DH_DISCOVER_TASK_REFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/root.h"
#include "discover/records.h"

struct dh_task_refs {
	struct dh_task_ref *all; /* unique, sorted by pid, tid and fd */
	size_t n;
};

/*
 * Returns 0, or -errno if all of /proc has to be read instead, and notes the reason:
 *
 *   -EOPNOTSUPP  this build has no BPF
 *   -EPERM       the caller lacks the capabilities
 *   -EXDEV       /proc does not show the initial PID namespace
 *   -ENODATA     so few files are open that loading the programs takes longer than reading /proc
 *   others       the kernel lacks BPF or its own BTF
 *
 * The caller clears `refs`, also after an error.
 */
int dh_task_refs_read(const struct dh_root *root, struct dh_task_refs *refs);
void dh_task_refs_clear(struct dh_task_refs *refs);

static inline void dh_auto_task_refs(struct dh_task_refs *refs)
{
	dh_task_refs_clear(refs);
}

/* Returns the number of references of a process, and sets `*first` to the first of them. */
size_t dh_task_refs_find(const struct dh_task_refs *refs, pid_t pid,
			 const struct dh_task_ref **first);

#endif
