/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the state of the companion modules and the heaps of dmaheap_sim. Searches the kernel for
 * the functions that drivers call to provide and use heaps.
 */
#ifndef DH_DISCOVER_MODULES_H
#define DH_DISCOVER_MODULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/maybe.h"
#include "base/root.h"
#include "model/module.h"

/*
 * Sets all members of `module` except alias and name, from libkmod and sysfs. dh_module_from_name()
 * must have set alias and name. Returns 0; -ELIBACC without libkmod; -ENOMEM; or another -errno
 * from dh_kmod_find().
 */
int dh_module_read(const struct dh_root *root, struct dh_module *module);

/*
 * Reads the kernel release, and searches /proc/kallsyms for the functions with which drivers
 * provide and use heaps. Every user may read the symbol names there. Returns 0, or -errno if
 * /proc/kallsyms is empty (-ENODATA) or cannot be read to its end: then all accessors are unknown.
 */
int dh_accessors_read(const struct dh_root *root, struct dh_module_kernel *kernel);

struct dh_sim_heap {
	char *name;
	bool is_removed; /* another heap can have the same name */
	bool is_carveout;
	struct dh_maybe size, used, largest; /* bytes: limit, used memory and longest free run */
};

/* The heaps of dmaheap_sim. A zeroed struct is an empty list. */
struct dh_sim_heaps {
	struct dh_sim_heap *each;
	size_t n;
};

/*
 * Adds the heaps in debugfs dmaheap_sim/heaps to `heaps`: the heaps of the module, and removed
 * heaps that still have buffers. Skips a line without a valid name. If only another part of a line
 * is malformed, sets only the name. Returns 0 or -errno: -ENOENT without debugfs or the module,
 * -EACCES without permission. The caller clears `heaps`, even after an error.
 */
int dh_sim_heaps_read(const struct dh_root *root, struct dh_sim_heaps *heaps);

void dh_sim_heaps_clear(struct dh_sim_heaps *heaps);

static inline void dh_auto_sim_heaps(struct dh_sim_heaps *heaps)
{
	dh_sim_heaps_clear(heaps);
}

#endif
