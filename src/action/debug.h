/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the debug module can be asked to do: kernel/include/dmaheap_debug.h.
 *
 * A recorded tree has no module: -EROFS throughout.
 */
#ifndef DH_ACTION_DEBUG_H
#define DH_ACTION_DEBUG_H

#include "base/root.h"
#include "model/inspection.h"

/*
 * Starts the figures again, those of one heap, or all of them for NULL. 0; -ENOENT where the
 * module is not there; -ENODATA where it has no account of that heap; -EACCES; -errno.
 */
int dh_debug_reset(const struct dh_root *root, const char *heap);

/*
 * What is behind a descriptor of a dma-buf. Fills all of `inspection` but the heap. 0;
 * -ENOENT where the module is not there; -EACCES; -EBADMSG where its answer is not of the
 * form; -errno, which is what the exporter said to a device that wants to map it.
 * `*asked` tells whether it came to that.
 */
int dh_debug_inspect(const struct dh_root *root, int fd, struct dh_inspection *inspection,
		     bool *asked);

/* The module's answer, which is taken apart. 0 or -EBADMSG. */
int dh_debug_parse_inspection(char *answer, struct dh_inspection *inspection);

#endif
