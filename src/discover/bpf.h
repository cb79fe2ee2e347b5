/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads and reads the BPF iterators of the tool. bpftool makes a light skeleton of each NAME.bpf.c.
 * discover/records.h defines their records.
 *
 * A light skeleton contains a small program that makes the kernel load and relocate the others
 * (CO-RE), with two bpf(2) calls. So the tool needs no libbpf at run time, and does not parse the
 * kernel's BTF. kernel/bpf/preload/iterators in the kernel works in the same way. This requires
 * Linux 5.17, CONFIG_DEBUG_INFO_BTF, and CAP_BPF with CAP_PERFMON, or CAP_SYS_ADMIN.
 *
 * In a build without BPF, every function except the first returns -EOPNOTSUPP.
 */
#ifndef DH_DISCOVER_BPF_H
#define DH_DISCOVER_BPF_H

#include <stdbool.h>
#include <stddef.h>

bool dh_bpf_is_built(void);

/*
 * Checks the capabilities of the caller. Returns 0, -EPERM or another -errno. Without the check, a
 * load would fail only after most of the work.
 */
int dh_bpf_check(void);

/*
 * Loads the iterators over the descriptors (iter/task_file) and the mappings (iter/task_vma) of all
 * processes, and sets a link for each. The caller closes both links. Returns 0 or -errno.
 */
int dh_bpf_load_tasks(int *descriptors, int *mappings);

/* The same for the iterator over all dma-bufs (iter/dmabuf, since Linux 6.16). */
int dh_bpf_load_buffers(int *buffers);

/*
 * Runs the iterator of `link`, and calls `visit` for each record of `size` bytes until it returns
 * non-zero. Returns 0, the result of `visit`, -EBADMSG if the last record is incomplete, or -errno.
 *
 * The kernel holds a reference to each file only while the program examines it.
 */
int dh_bpf_read(int link, size_t size, int (*visit)(void *data, const void *record), void *data);

#endif
