/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots of the accounts as JSON, which discover/snapshot.h reads again.
 */
#ifndef DH_PRESENT_SNAPSHOT_H
#define DH_PRESENT_SNAPSHOT_H

#include <stdio.h>

#include "model/snapshot.h"

/* 0; -ENOMEM; -errno of writing. Flushes. */
int dh_snapshot_write(FILE *out, const struct dh_snapshot *snapshot);

#endif
