/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved snapshots of the accounts: the JSON that present/snapshot.h writes.
 */
#ifndef DH_DISCOVER_SNAPSHOT_H
#define DH_DISCOVER_SNAPSHOT_H

#include <stdio.h>

#include "model/snapshot.h"

/*
 * Reads one to the end of `in`. 0; -EBADMSG where it is no such JSON; -EPROTO where it is
 * of another schema; -EFBIG; -errno of reading; -ENOMEM. The caller clears the snapshot, also
 * after a failure. What was not counted then is unknown, as it was.
 */
int dh_snapshot_read(FILE *in, struct dh_snapshot *snapshot);

#endif
