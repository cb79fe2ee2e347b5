/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads snapshots of all accounts from the JSON text that present/snapshot.c writes.
 */
#ifndef DH_DISCOVER_SNAPSHOT_H
#define DH_DISCOVER_SNAPSHOT_H

#include <stdio.h>

#include "model/snapshot.h"

/*
 * Reads one snapshot, up to the end of `in`, into an empty `snapshot`. A figure that was unknown
 * when the snapshot was saved is unknown again. The caller clears the snapshot, even after an
 * error.
 *
 * Returns 0; -EBADMSG if the text is not a snapshot; -EPROTO if the snapshot has another schema;
 * -EFBIG if the text or a list in it is too long; -ENOMEM; or an error from reading `in`.
 */
int dh_snapshot_read(FILE *in, struct dh_snapshot *snapshot);

#endif
