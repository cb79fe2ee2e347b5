/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the system has left: bounds for what may be asked of it.
 */
#ifndef DH_DISCOVER_MEMINFO_H
#define DH_DISCOVER_MEMINFO_H

#include "base/maybe.h"
#include "base/root.h"

struct dh_memory {
	struct dh_maybe total;	   /* MemTotal, bytes */
	struct dh_maybe available; /* MemAvailable, bytes */
	struct dh_maybe cma_total;
	struct dh_maybe cma_free;
};

/* From /proc/meminfo. 0 or -errno; a line that is missing stays unknown. */
int dh_meminfo_read(const struct dh_root *root, struct dh_memory *memory);

#endif
