/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the kernel's list of all dma-bufs, including those that no process holds. The list comes
 * from the first readable source:
 *
 *   debugfs dma_buf/bufinfo           the only source with attached devices (discover/bufinfo.h)
 *   the iterator that Android pins    without reference counts (discover/pinned.h)
 *   the iterator of this tool         on the running system only (discover/bpf.h)
 */
#ifndef DH_DISCOVER_BUFFER_LIST_H
#define DH_DISCOVER_BUFFER_LIST_H

#include "base/root.h"
#include "model/holders.h"

struct dh_buffer_list {
	const struct dh_root *root;
	struct dh_holders *holders;
	/* The members below are private to the reader. */
	int source; /* index of the source in use */
	int link;   /* descriptor of the iterator's link; -1: not loaded */
	size_t n;   /* number of buffers that the last read found */
	struct dh_maybe unnumbered, unnumbered_bytes; /* as in struct dh_holders */
};

/*
 * Adds all buffers in the kernel's list to `holders`, which must be empty. Sets holders->listed to
 * true if a source was readable, and holders->list_error to 0 or the -errno from reading bufinfo.
 * If bufinfo lists buffers without inodes, list_error is -EOPNOTSUPP, and holders->unnumbered and
 * unnumbered_bytes are the number and the total size of these buffers. Returns 0, even if no source
 * was readable, or -ENOMEM. The caller must call dh_buffer_list_close(), even after an error.
 */
int dh_buffer_list_read(struct dh_buffer_list *list, const struct dh_root *root,
			struct dh_holders *holders);

/*
 * Reads the same source as dh_buffer_list_read() again, and increments `listed` of each buffer that
 * is in both the list and list->holders. holders->listed must be true. If the source is no longer
 * readable, sets holders->listed to false and, if the source is bufinfo, holders->list_error to
 * -errno.
 */
void dh_buffer_list_read_again(struct dh_buffer_list *list);

void dh_buffer_list_close(struct dh_buffer_list *list);

static inline void dh_auto_buffer_list(struct dh_buffer_list *list)
{
	dh_buffer_list_close(list);
}

#endif
