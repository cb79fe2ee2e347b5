/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes snapshots as JSON. src/discover reads them.
 */
#ifndef DH_PRESENT_SNAPSHOT_H
#define DH_PRESENT_SNAPSHOT_H

#include <stdio.h>

#include "model/snapshot.h"

/* Writes and flushes a snapshot. Returns 0, -ENOMEM, or the -errno of a write error. */
int dh_snapshot_write(FILE *out, const struct dh_snapshot *snapshot);

#endif
