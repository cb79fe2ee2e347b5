/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the accounts of the debug module from its files in debugfs. kernel/include/dmaheap_debug.h
 * describes their format.
 */
#ifndef DH_DISCOVER_DEBUG_H
#define DH_DISCOVER_DEBUG_H

#include "base/root.h"
#include "model/snapshot.h"

/*
 * Sets boot_id and charging of the snapshot. The kernel reports both, even if the module is not
 * loaded. A value that cannot be read stays unknown.
 */
void dh_debug_read_kernel(const struct dh_root *root, struct dh_snapshot *snapshot);

/*
 * Reads all accounts of the module. Returns 0; -ENOENT without the module or debugfs; -EACCES
 * without permission; -EPROTO if the files have another major version; -EBADMSG if they are
 * malformed; or another -errno. After an error, the snapshot is empty except for boot_id and
 * charging.
 */
int dh_debug_read(const struct dh_root *root, struct dh_snapshot *snapshot);

/*
 * Checks `text`, the contents of the file "version", and modifies it. Returns 0; -EPROTO for
 * another major version; or -EBADMSG.
 */
int dh_debug_parse_version(char *text);

/*
 * Each parses `text`, the contents of the file that the function is named after, and adds the
 * records to the snapshot. `text` ends with a NUL, and is modified. Returns 0; -EBADMSG; -EFBIG if
 * a list has more than DH_RECORDS_MAX records; or -ENOMEM. After an error, the caller clears the
 * snapshot.
 */
int dh_debug_parse_stats(char *text, struct dh_snapshot *snapshot);
int dh_debug_parse_callsites(char *text, struct dh_snapshot *snapshot);
int dh_debug_parse_probes(char *text, struct dh_snapshot *snapshot);

#endif
