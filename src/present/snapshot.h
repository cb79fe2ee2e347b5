/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots of the accounts as JSON, to be compared with later ones.
 */
#ifndef DH_PRESENT_SNAPSHOT_H
#define DH_PRESENT_SNAPSHOT_H

#include <stdio.h>

#include "model/ledger.h"

/* 0; -ENOMEM; -errno of writing. Flushes. */
int dh_snapshot_write(FILE *out, const struct dh_snapshot *snapshot);

/*
 * Reads one to the end of `in`. 0; -EBADMSG where it is no such JSON; -EPROTO where it is
 * of another schema; -EFBIG; -errno of reading; -ENOMEM. The caller clears the snapshot, also
 * after a failure. What was not counted then is unknown, as it was.
 */
int dh_snapshot_read(FILE *in, struct dh_snapshot *snapshot);

#endif
