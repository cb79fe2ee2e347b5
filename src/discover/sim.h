/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dmaheap_sim tells of itself.
 */
#ifndef DH_DISCOVER_SIM_H
#define DH_DISCOVER_SIM_H

#include <stddef.h>

#include "base/root.h"

/* Zeroed memory is a valid one without heaps. */
struct dh_sim_heaps {
	char **names; /* a name that was given again is there twice */
	size_t n;
};

/*
 * The heaps that the module has now, whether it was loaded with them or they were added
 * since, and those that were removed and have buffers: debugfs dmaheap_sim/heaps. Of its
 * lines only the name is looked at, the rest may change. 0; -ENOENT where debugfs is not
 * to be seen; -EACCES; -errno. Clear with dh_sim_heaps_clear(), on failure, too.
 */
int dh_sim_heaps_read(const struct dh_root *root, struct dh_sim_heaps *heaps);

void dh_sim_heaps_clear(struct dh_sim_heaps *heaps);

static inline void dh_auto_sim_heaps(struct dh_sim_heaps *heaps)
{
	dh_sim_heaps_clear(heaps);
}

#endif
