/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads and reads the BPF iterators of the tool. bpftool generates a light skeleton from each
 * NAME.bpf.c. discover/records.h defines the records that the iterators write.
 *
 * A light skeleton contains a small BPF loader program. The kernel runs the loader, which loads and
 * relocates (CO-RE) the iterators. The tool therefore needs no libbpf at run time, and does not
 * parse the kernel's BTF. kernel/bpf/preload/iterators in the kernel source works in the same way.
 * A light skeleton with CO-RE requires Linux 5.17, CONFIG_DEBUG_INFO_BTF, and either CAP_SYS_ADMIN
 * or both CAP_BPF and CAP_PERFMON.
 *
 * In a build without BPF, every function returns -EOPNOTSUPP.
 */
#ifndef DH_DISCOVER_BPF_H
#define DH_DISCOVER_BPF_H

#include <stddef.h>

/*
 * Returns 0 if the caller has the capabilities to load BPF programs; -EPERM if not; -EOPNOTSUPP in
 * a build without BPF; or another -errno. Call this function before dh_bpf_load_tasks() and
 * dh_bpf_load_buffers(): with CAP_BPF but without CAP_PERFMON, both functions fail only after most
 * of their work.
 */
int dh_bpf_check(void);

/*
 * Loads the iterators over the descriptors (iter/task_file) and the mappings (iter/task_vma) of all
 * processes. Sets `*descriptors` and `*mappings` to the descriptors of the BPF links. The caller
 * closes both descriptors. Returns 0 or -errno.
 */
int dh_bpf_load_tasks(int *descriptors, int *mappings);

/*
 * Loads the iterator over all dma-bufs (iter/dmabuf, since Linux 6.16). Sets `*buffers` to the
 * descriptor of the BPF link. The caller closes the descriptor. Returns 0 or -errno.
 */
int dh_bpf_load_buffers(int *buffers);

/*
 * Runs the iterator of the BPF link whose descriptor is `link`. Calls `visit` for each record of
 * `size` bytes until `visit` returns non-zero. Returns 0 after the last record; the non-zero result
 * of `visit`; -EBADMSG if a record is incomplete; -EINTR if dh_interrupted() is true; or another
 * -errno.
 *
 * Closes the iterator before returning, because an open iterator can hold a reference to a buffer.
 */
int dh_bpf_read(int link, size_t size, int (*visit)(void *data, const void *record), void *data);

#endif
