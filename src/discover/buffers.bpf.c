// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Iterator that writes a struct dh_buffer_record for each dma-buf of the kernel.
 *
 * The iterator is in a separate object file because kernels before 6.16 lack iter/dmabuf, and
 * reject an object that contains such an iterator.
 */
#include "types.bpf.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "records.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * Returns the reference count of a file without the reference that the iterator holds, or -1 if the
 * count is unknown. A counter of 0 means one reference (include/linux/file_ref.h), so the counter
 * is the number of the other references. The count is unknown on kernels before 6.13, which lack
 * f_ref and can have this iterator only as a backport.
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
	 * DMA_BUF_SET_NAME can free the name during the copy. The copy can then contain other
	 * bytes, but always ends with a NUL.
	 */
	if (dmabuf->name)
		bpf_probe_read_kernel_str(record.name, sizeof(record.name), dmabuf->name);
	bpf_probe_read_kernel_str(record.exporter, sizeof(record.exporter), dmabuf->exp_name);
	bpf_seq_write(context->meta->seq, &record, sizeof(record));
	return 0;
}
