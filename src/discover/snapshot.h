/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads saved snapshots of the accounts: the JSON that present/snapshot.h writes.
 */
#ifndef DH_DISCOVER_SNAPSHOT_H
#define DH_DISCOVER_SNAPSHOT_H

#include <stdio.h>

#include "model/snapshot.h"

/*
 * Reads one snapshot, up to the end of `in`. Returns 0; -EBADMSG if the text is not a snapshot;
 * -EPROTO if it has another schema; -EFBIG; -ENOMEM; or -errno of reading. A figure that was
 * unknown when the snapshot was saved is unknown again. The caller clears the snapshot, also
 * after an error.
 */
int dh_snapshot_read(FILE *in, struct dh_snapshot *snapshot);

#endif
