/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the options of the kernel that concern heaps, from its configuration file.
 */
#ifndef DH_DISCOVER_KERNEL_CONFIG_H
#define DH_DISCOVER_KERNEL_CONFIG_H

#include <stdbool.h>

#include "base/root.h"

struct dh_kernel_config {
	char path[128]; /* of the file that was read, or "": no configuration is readable */
	bool heaps;	/* CONFIG_DMABUF_HEAPS is set */
	bool cma_heap;	/* CONFIG_DMABUF_HEAPS_CMA is set */
	/* CONFIG_CMA_ALIGNMENT: order of the largest alignment. If unknown, its maximum, 12. */
	unsigned int cma_alignment;
};

/*
 * Reads /proc/config.gz (CONFIG_IKCONFIG_PROC) or, on the running system, /boot/config-RELEASE or
 * /lib/modules/RELEASE/config. Loads zlib to read config.gz. A static binary cannot load zlib.
 */
void dh_kernel_config_read(const struct dh_root *root, struct dh_kernel_config *config);

#endif
