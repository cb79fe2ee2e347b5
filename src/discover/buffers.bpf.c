// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Iterator over all dma-bufs of the kernel. It writes a struct dh_buffer_record for each dma-buf.
 *
 * This is an object of its own because kernels before 6.16 have no such iterator and reject the
 * whole object.
 */
#include "types.bpf.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "records.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * Returns the reference count of a file, or -1 if it is unknown. A counter of 0 means one reference
 * (include/linux/file_ref.h). The iterator itself holds one reference, so the counter is the number
 * of the other references. Since 6.13 the counter is in f_ref. A kernel without f_ref has a
 * backport of the iterator.
 */
static __s64 references_of(struct file *file)
{
	return bpf_core_field_exists(file->f_ref) ? file->f_ref.refcnt.counter : -1;
}

SEC("iter/dmabuf")
int buffers(struct bpf_iter__dmabuf *context)
{
	struct dma_buf *dmabuf = context->dmabuf;
	struct dh_buffer_record record = {};

	if (!dmabuf)
		return 0;
	record.inode = dmabuf->file->f_inode->i_ino;
	record.size = dmabuf->size;
	record.references = references_of(dmabuf->file);
	/*
	 * DMA_BUF_SET_NAME can change the name during the copy. The copy ends with a NUL in any
	 * case.
	 */
	if (dmabuf->name)
		bpf_probe_read_kernel_str(record.name, sizeof(record.name), dmabuf->name);
	bpf_probe_read_kernel_str(record.exporter, sizeof(record.exporter), dmabuf->exp_name);
	bpf_seq_write(context->meta->seq, &record, sizeof(record));
	return 0;
}
