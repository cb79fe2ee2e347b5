/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills an inventory from sysfs, /proc, /dev, /etc and libudev.
 */
#ifndef DH_DISCOVER_DISCOVER_H
#define DH_DISCOVER_DISCOVER_H

#include "base/root.h"
#include "model/inventory.h"

/*
 * Only DH_WANT_OPEN detects a denial by a security module that checks open() but not faccessat(),
 * such as AppArmor. However, dmaheap_debug counts each open. On a kernel with the patches in
 * kernel/patches, the open also briefly pins the module that provides the heap.
 */
enum dh_wanted {
	DH_WANT_HEAPS = 1 << 0,	  /* heaps with their nodes and regions */
	DH_WANT_DEVICES = 1 << 1, /* DRM and V4L2 nodes */
	/* These flags require DH_WANT_HEAPS. */
	DH_WANT_ACCESS = 1 << 2, /* check by faccessat() whether the caller may open each node */
	DH_WANT_OPEN = 1 << 3,	 /* check by opening each node as an allocation does (O_RDWR) */
	DH_WANT_UDEV = 1 << 4,	 /* also the heaps that libudev enumerates */
};

/*
 * Reads the sources that `requested` (flags of enum dh_wanted) selects, then calls
 * dh_inventory_infer(). An unreadable source is not an error: the function logs the failure. For
 * the directories in sysfs and /dev, the function also stores the error in the inventory. Returns
 * 0; -ENOMEM; or -EFBIG if the inventory is full. The caller clears the inventory, even after an
 * error.
 */
int dh_discover(const struct dh_root *root, unsigned int requested, struct dh_inventory *inventory);

/*
 * Reads only the heap `name` and the regions, for commands that need no other heap. Reads the heap
 * from sysfs, without its node. `inventory` must be empty. Returns 0; -ENOENT if sysfs has no such
 * heap; or another -errno.
 */
int dh_discover_heap(const struct dh_root *root, const char *name, struct dh_inventory *inventory);

/*
 * Reads the text that the provider of a heap writes to debugfs dma_heap/NAME (root only). Mainline
 * Linux lacks these files. An out-of-tree patch series adds the files, and the callback in
 * struct dma_heap_ops that writes the text. The format depends on the provider.
 *
 * Sets heap->report, or leaves it unchanged if the file does not exist, is empty, is not readable,
 * or is larger than 64 KiB. Logs each error except -ENOENT. Returns 0 or -ENOMEM.
 */
int dh_report_read(const struct dh_root *root, struct dh_heap *heap);

#endif
