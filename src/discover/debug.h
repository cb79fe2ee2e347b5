/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the accounts of the debug module from its files in debugfs. The format is described in
 * kernel/include/dmaheap_debug.h.
 */
#ifndef DH_DISCOVER_DEBUG_H
#define DH_DISCOVER_DEBUG_H

#include "base/root.h"
#include "model/snapshot.h"

/*
 * Reads the boot ID, and whether heaps charge memory cgroups. Both come from the kernel, without
 * the module. A fact that cannot be read stays unknown.
 */
void dh_debug_read_kernel(const struct dh_root *root, struct dh_snapshot *snapshot);

/*
 * Reads all accounts of the module. Returns 0; -ENOENT without the module or debugfs; -EACCES;
 * -EPROTO if the files have another major version; -EBADMSG if they are malformed; or another
 * -errno. On failure the snapshot is empty except for the facts of dh_debug_read_kernel().
 */
int dh_debug_read(const struct dh_root *root, struct dh_snapshot *snapshot);

/* Checks the contents of the file "version". Modifies `text`. Returns 0, -EPROTO or -EBADMSG. */
int dh_debug_parse_version(char *text);

/*
 * Parse the contents of one file. They modify `text`, which ends with a NUL. Return 0, -EBADMSG,
 * -EFBIG or -ENOMEM. After an error, the caller clears the snapshot.
 */
int dh_debug_parse_stats(char *text, struct dh_snapshot *snapshot);
int dh_debug_parse_callsites(char *text, struct dh_snapshot *snapshot);
int dh_debug_parse_probes(char *text, struct dh_snapshot *snapshot);

#endif
