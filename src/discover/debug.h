/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the accounts of the debug module from its files in debugfs. kernel/include/dmaheap_debug.h
 * describes the format of the files.
 */
#ifndef DH_DISCOVER_DEBUG_H
#define DH_DISCOVER_DEBUG_H

#include "base/root.h"
#include "model/snapshot.h"

/*
 * Reads the module's probes, accounts and call sites into an empty snapshot. Also sets boot_id and
 * charging, which the kernel reports even without the module. A value that cannot be read stays
 * unknown.
 *
 * Returns 0; -ENOENT without the module or debugfs; -EACCES without permission; -EPROTO if the
 * files have another major version; -ESTALE if the module's probes do not run, or did not run at an
 * earlier check; -EBADMSG if a file is malformed; or another -errno. After an error, the snapshot
 * is empty except for boot_id and charging.
 */
int dh_debug_read(const struct dh_root *root, struct dh_snapshot *snapshot);

/*
 * Parses the records in the files "probes", "stats" and "callsites" of the module, which `text`
 * contains in this order. `text` ends with a NUL, and is modified. Returns 0; -EBADMSG if the text
 * is malformed; -EFBIG if a list has more than DH_RECORDS_MAX records; -ESTALE as dh_debug_read()
 * does; or -ENOMEM. After an error, the caller clears the snapshot.
 */
int dh_debug_parse(char *text, struct dh_snapshot *snapshot);

#endif
