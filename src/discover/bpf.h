/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF iterators that this program brings along: NAME.bpf.c, made into light skeletons by
 * bpftool. Their records are in discover/records.h.
 *
 * A light skeleton has a small program that makes the kernel itself load the others and relocate
 * them (CO-RE), with two bpf(2) calls. So nothing needs libbpf at run time, and no process parses
 * the kernel's BTF; kernel/bpf/preload/iterators of the kernel does the same. It takes Linux 5.17,
 * CONFIG_DEBUG_INFO_BTF, and CAP_BPF with CAP_PERFMON, or CAP_SYS_ADMIN.
 *
 * In a build without BPF, every function but the first returns -EOPNOTSUPP.
 */
#ifndef DH_DISCOVER_BPF_H
#define DH_DISCOVER_BPF_H

#include <stdbool.h>
#include <stddef.h>

bool dh_bpf_is_built(void);

/*
 * 0 where loading is worth a try; -EPERM without the capabilities, for which the kernel would
 * return an error much later.
 */
int dh_bpf_check(void);

/*
 * Loads the programs over the descriptors (iter/task_file) and the mappings (iter/task_vma) of all
 * processes. The caller closes both links. 0 or -errno.
 */
int dh_bpf_load_tasks(int *descriptors, int *mappings);

/* The program over all dma-bufs (iter/dmabuf, since Linux 6.16). The same contract. */
int dh_bpf_load_buffers(int *buffers);

/*
 * Runs the iterator of a link, and calls `visit` for each record of `size` bytes, until it returns
 * non-zero. 0, what `visit` returned, -EBADMSG where the last record is cut, or -errno.
 *
 * While the kernel looks at a file it has a reference to it; none lasts.
 */
int dh_bpf_read(int link, size_t size, int (*visit)(void *data, const void *record), void *data);

#endif
