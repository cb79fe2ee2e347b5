/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The accounts of the debug module, from its files in debugfs:
 * kernel/include/dmaheap_debug.h describes them.
 */
#ifndef DH_DISCOVER_DEBUG_H
#define DH_DISCOVER_DEBUG_H

#include "base/root.h"
#include "model/snapshot.h"

/*
 * Which boot this is, and whether heaps charge memory cgroups: what the kernel tells
 * without the module. What cannot be read stays unknown.
 */
void dh_debug_read_kernel(const struct dh_root *root, struct dh_snapshot *snapshot);

/*
 * Fills all that is the module's. 0; -ENOENT where the module, or debugfs, is not there;
 * -EACCES; -EPROTO where the files are of another major version; -EBADMSG where they are not
 * of the form; -errno. On failure the snapshot is as good as cleared, but for what
 * dh_debug_read_kernel() has filled in.
 */
int dh_debug_read(const struct dh_root *root, struct dh_snapshot *snapshot);

/* The one line of "version". 0, -EPROTO or -EBADMSG. `text` is taken apart. */
int dh_debug_parse_version(char *text);

/*
 * One file each, taken apart in place; `text` is ended by a NUL. 0, -EBADMSG or -ENOMEM,
 * and then the snapshot is to be cleared.
 */
int dh_debug_parse_stats(char *text, struct dh_snapshot *snapshot);
int dh_debug_parse_callsites(char *text, struct dh_snapshot *snapshot);
int dh_debug_parse_probes(char *text, struct dh_snapshot *snapshot);

#endif
