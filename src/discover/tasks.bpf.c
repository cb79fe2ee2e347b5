// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which descriptors and mappings of all processes are of dma-bufs: a struct dh_task_ref for each.
 */
#include "types.bpf.h"

#include <bpf/bpf_helpers.h>

#include "records.h"

char LICENSE[] SEC("license") = "GPL";

/* DMA_BUF_MAGIC of include/uapi/linux/magic.h */
#define DMA_BUF_MAGIC 0x444d4142

static int write_sighting(struct bpf_iter_meta *meta, struct task_struct *task, struct file *file,
			  __s32 fd)
{
	struct dh_task_ref sighting;

	if (!task || !file || file->f_inode->i_sb->s_magic != DMA_BUF_MAGIC)
		return 0;
	sighting.pid = task->tgid;
	sighting.tid = task->pid;
	sighting.fd = fd;
	bpf_seq_write(meta->seq, &sighting, sizeof(sighting));
	return 0;
}

SEC("iter/task_file")
int descriptors(struct bpf_iter__task_file *context)
{
	return write_sighting(context->meta, context->task, context->file, (__s32)context->fd);
}

SEC("iter/task_vma")
int mappings(struct bpf_iter__task_vma *context)
{
	struct vm_area_struct *vma = context->vma;

	if (!vma)
		return 0;
	return write_sighting(context->meta, context->task, vma->vm_file, DH_TASK_REF_MAPPING);
}
