// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BPF iterator that lists all dma-bufs in the format that src/discover/pinned.h documents.
 * iterator.bats pins the iterator.
 */
#include "types.bpf.h"

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("iter/dmabuf")
int four_lines(struct bpf_iter__dmabuf *context)
{
	struct dma_buf *dmabuf = context->dmabuf;
	char name[32] = {};

	if (!dmabuf)
		return 0;
	if (dmabuf->name)
		bpf_probe_read_kernel_str(name, sizeof(name), dmabuf->name);
	for (int i = 0; i < 32; i++)
		if (name[i] == '\n')
			name[i] = ' ';
	BPF_SEQ_PRINTF(context->meta->seq, "%lu\n%llu\n%s\n%s\n", dmabuf->file->f_inode->i_ino,
		       dmabuf->size, name, dmabuf->exp_name);
	return 0;
}
