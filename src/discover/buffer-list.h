/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's list of all dma-bufs, held by processes or not. It is read from the first of these
 * sources that can be read:
 *
 *   debugfs dma_buf/bufinfo     the only one with attached devices (discover/bufinfo.h)
 *   the iterator pinned by Android, without counts of references (discover/pinned.h)
 *   our own iterator, on the running system (discover/bpf.h)
 *
 * The list is read twice, before the processes and after them: a buffer that both have and no
 * process holds did not just come or go.
 */
#ifndef DH_DISCOVER_BUFFER_LIST_H
#define DH_DISCOVER_BUFFER_LIST_H

#include "base/root.h"
#include "model/holders.h"

struct dh_buffer_list {
	const struct dh_root *root;
	struct dh_holders *holders;
	/* The rest is the reader's own. */
	int source; /* the one that was read */
	int link;   /* of our iterator; -1 where it is not loaded */
	size_t n;   /* buffers in the list */
};

/*
 * Fills empty `holders` with all buffers of the list, and sets `listed`, and `list_error` to
 * bufinfo's. 0, also where no source can be read; -ENOMEM. Close with dh_buffer_list_close(), also
 * after a failure.
 */
int dh_buffer_list_read(struct dh_buffer_list *listing, const struct dh_root *root,
			struct dh_holders *holders);

/* Once more, from the same source: notes which of these buffers are still there. */
void dh_buffer_list_read_again(struct dh_buffer_list *listing);

void dh_buffer_list_close(struct dh_buffer_list *listing);

#endif
