/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the text that the provider of a heap writes to debugfs dma_heap/NAME (root only). Mainline
 * Linux lacks these files. An out-of-tree patch series adds the files, and the callback in
 * struct dma_heap_ops that writes the text. The format depends on the provider.
 */
#ifndef DH_DISCOVER_REPORTS_H
#define DH_DISCOVER_REPORTS_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Sets heap->report, or leaves it unchanged if the file does not exist, is empty, is not readable,
 * or is larger than 64 KiB. Logs each error except -ENOENT. Returns 0 or -ENOMEM.
 */
int dh_report_read(const struct dh_root *root, struct dh_heap *heap);

#endif
