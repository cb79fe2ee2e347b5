// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Iterators over the descriptors and mappings of all processes. The iterators write a
 * struct dh_task_ref for each descriptor or mapping that refers to a dma-buf.
 */
#include "types.bpf.h"

#include <bpf/bpf_helpers.h>

#include "records.h"

char LICENSE[] SEC("license") = "GPL";

/* DMA_BUF_MAGIC of include/uapi/linux/magic.h */
#define DMA_BUF_MAGIC 0x444d4142

static int write_ref(struct bpf_iter_meta *meta, struct task_struct *task, struct file *file,
		     __s32 fd)
{
	struct dh_task_ref ref;

	if (!task || !file || file->f_inode->i_sb->s_magic != DMA_BUF_MAGIC)
		return 0;
	ref.pid = task->tgid;
	ref.tid = task->pid;
	ref.fd = fd;
	bpf_seq_write(meta->seq, &ref, sizeof(ref));
	return 0;
}

SEC("iter/task_file")
int descriptors(struct bpf_iter__task_file *context)
{
	return write_ref(context->meta, context->task, context->file, (__s32)context->fd);
}

SEC("iter/task_vma")
int mappings(struct bpf_iter__task_vma *context)
{
	struct vm_area_struct *vma = context->vma;

	if (!vma)
		return 0;
	return write_ref(context->meta, context->task, vma->vm_file, DH_TASK_REF_MAPPING);
}
