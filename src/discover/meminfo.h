/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the amounts of system memory and CMA memory from /proc/meminfo.
 */
#ifndef DH_DISCOVER_MEMINFO_H
#define DH_DISCOVER_MEMINFO_H

#include "base/maybe.h"
#include "base/root.h"

struct dh_memory {
	/* MemTotal, MemAvailable, CmaTotal and CmaFree, in bytes */
	struct dh_maybe total, available, cma_total, cma_free;
};

/*
 * Reads /proc/meminfo. Returns 0 or -errno. A figure is unknown if its line is missing or
 * malformed, or after an error.
 */
int dh_meminfo_read(const struct dh_root *root, struct dh_memory *memory);

#endif
