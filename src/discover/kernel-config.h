/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches the kernel's configuration file for the options that concern heaps and the companion
 * modules.
 */
#ifndef DH_DISCOVER_KERNEL_CONFIG_H
#define DH_DISCOVER_KERNEL_CONFIG_H

#include <stdbool.h>

#include "base/root.h"

struct dh_kernel_config {
	char path[128];	 /* file that was read; "" if no configuration is readable */
	bool heaps;	 /* CONFIG_DMABUF_HEAPS is set */
	bool cma_heap;	 /* CONFIG_DMABUF_HEAPS_CMA is set */
	bool kretprobes; /* CONFIG_KRETPROBES is set */
	/* CONFIG_CMA_ALIGNMENT: order of the largest alignment. If unknown, 12, the maximum. */
	unsigned int cma_alignment;
};

/*
 * File below /proc of a recorded tree: "config heaps=1 cma_heap=0 kretprobes=1 cma_alignment=12
 * path=/proc/config.gz".
 */
#define DH_KERNEL_CONFIG_RECORD "kernel-config"

/*
 * Reads /proc/config.gz (CONFIG_IKCONFIG_PROC). If that fails, reads /boot/config-RELEASE or
 * /lib/modules/RELEASE/config on the running system, or DH_KERNEL_CONFIG_RECORD in a recorded tree.
 * Loads zlib to read config.gz. A static binary cannot load zlib, so it skips config.gz.
 */
void dh_kernel_config_read(const struct dh_root *root, struct dh_kernel_config *config);

#endif
