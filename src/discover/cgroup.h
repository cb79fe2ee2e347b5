/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the limits of the caller's cgroup and of its ancestors, from a unified hierarchy on
 * /sys/fs/cgroup. Documentation/admin-guide/cgroup-v2.rst describes the files.
 */
#ifndef DH_DISCOVER_CGROUP_H
#define DH_DISCOVER_CGROUP_H

#include <stdint.h>

#include "base/maybe.h"
#include "base/root.h"

/* The tightest limit, which leaves the fewest bytes. */
struct dh_cgroup_limit {
	struct dh_maybe left; /* bytes left below the limit; unknown: no limit, or not readable */
	uint64_t max;	      /* the limit in bytes */
	char cgroup[256];     /* cgroup with the limit, such as "/user.slice"; may be truncated */
};

/*
 * Returns the parameter mem_accounting of dma_heap (0 or 1), which is unknown if it cannot be read.
 * If the parameter is 1, the kernel charges buffers of the system heap to the memory cgroup of the
 * process that allocates them.
 */
struct dh_maybe dh_cgroup_charging_read(const struct dh_root *root);

/*
 * Sets `limit` from memory.max or, if `region` is not NULL, from dmem.max of the dmem region
 * `region`, such as "cma/reserved". Page cache does not reduce limit->left, because the kernel
 * reclaims the cache before it enforces memory.max.
 */
void dh_cgroup_limit_read(const struct dh_root *root, const char *region,
			  struct dh_cgroup_limit *limit);

#endif
