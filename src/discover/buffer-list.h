/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the kernel's list of all dma-bufs, whether or not a process holds them. It uses the first
 * of these sources that is readable:
 *
 *   debugfs dma_buf/bufinfo           the only one with attached devices (discover/bufinfo.h)
 *   the iterator that Android pins    without reference counts (discover/pinned.h)
 *   the iterator of this tool         on the running system only (discover/bpf.h)
 *
 * The list is read before the processes and again after them. A buffer that is in both lists was
 * neither created nor freed while the processes were read.
 */
#ifndef DH_DISCOVER_BUFFER_LIST_H
#define DH_DISCOVER_BUFFER_LIST_H

#include "base/root.h"
#include "model/holders.h"

struct dh_buffer_list {
	const struct dh_root *root;
	struct dh_holders *holders;
	/* Private to the reader. */
	int source; /* index of the source in use */
	int link;   /* of the iterator; -1 if it is not loaded */
	size_t n;   /* buffers in the list */
};

/*
 * Adds all buffers of the list to empty `holders`. Sets `listed` if a source was readable, and
 * `list_error` to the error of bufinfo. Returns 0, even if no source is readable, or -ENOMEM.
 * Release with dh_buffer_list_close(), also after an error.
 */
int dh_buffer_list_read(struct dh_buffer_list *list, const struct dh_root *root,
			struct dh_holders *holders);

/* Reads the same source again, and counts the buffers that are still in the list. */
void dh_buffer_list_read_again(struct dh_buffer_list *list);

void dh_buffer_list_close(struct dh_buffer_list *list);

#endif
