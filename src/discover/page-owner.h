/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the owners of allocated pages from debugfs page_owner (CONFIG_PAGE_OWNER and page_owner=on
 * on the kernel's command line, root only).
 */
#ifndef DH_DISCOVER_PAGE_OWNER_H
#define DH_DISCOVER_PAGE_OWNER_H

#include "base/root.h"

/*
 * Calls `visit` with the record of each page allocation that begins in a range of `pages` page
 * frames, starting at the page frame `first`. The record contains the order of the allocation,
 * which consists of 2^order pages.
 *
 * Returns 0; the first non-zero result of `visit`; -EINTR if a signal ended the reading;
 * -EOPNOTSUPP before Linux 6.1, where the file does not support lseek(); or another -errno.
 */
int dh_page_owner_read(const struct dh_root *root, uint64_t first, uint64_t pages,
		       int (*visit)(void *data, const char *record), void *data);

#endif
