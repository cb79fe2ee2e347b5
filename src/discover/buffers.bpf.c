// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All dma-bufs that the kernel has: a struct dh_buffer_record for each. Of its own, since kernels
 * before 6.16 have no such iterator and would refuse an object with it.
 */
#include "types.bpf.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "records.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * The count starts at 0 for one reference (include/linux/file_ref.h), and one is the iterator's:
 * what it says is what others have. It moved here in 6.13; only backports of the iterator to
 * older kernels lack it.
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
	/* DMA_BUF_SET_NAME can change the name at any time; the result ends with a NUL even so. */
	if (dmabuf->name)
		bpf_probe_read_kernel_str(record.name, sizeof(record.name), dmabuf->name);
	bpf_probe_read_kernel_str(record.exporter, sizeof(record.exporter), dmabuf->exp_name);
	bpf_seq_write(context->meta->seq, &record, sizeof(record));
	return 0;
}
