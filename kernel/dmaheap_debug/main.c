// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaheap_debug counts the opens, allocations, frees and in-kernel references of each
 * DMA-BUF heap. The module only observes the heaps. See dmaheap_debug(4).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/moduleparam.h>

#include "debug.h"
#include "version.h"

static uint buffers = 16384;
module_param(buffers, uint, 0400);
MODULE_PARM_DESC(buffers, "Maximum number of live buffers to track (default: 16384)");

static int maxactive = 128;
module_param(maxactive, int, 0400);
MODULE_PARM_DESC(maxactive, "Maximum number of concurrent calls that each return probe tracks (default: 128)");

struct subsystem {
	int (*init)(void);
	void (*exit)(void);
};

static int operations_init_max(void)
{
	return operations_init(buffers);
}

static int probes_init_maxactive(void)
{
	return probes_init(maxactive);
}

/* The exit functions run in reverse order, so an entry can depend on those before it. */
static const struct subsystem subsystems[] = {
	{ accounts_init, accounts_exit },
	{ names_init, names_exit },
	{ callsites_init, callsites_exit },
	{ operations_init_max, operations_exit },
	{ probes_init_maxactive, probes_exit },
	{ debugfs_files_init, debugfs_files_exit },
};

static void exit_subsystems(unsigned int count)
{
	while (count-- > 0)
		subsystems[count].exit();
}

static int __init dmaheap_debug_init(void)
{
	unsigned int i;
	int ret;

	if (buffers < 1 || buffers > 1 << 20 || maxactive < 1 || maxactive > 4096) {
		pr_err("invalid parameter: expected buffers from 1 to 1048576 and maxactive from 1 to 4096\n");
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(subsystems); i++) {
		ret = subsystems[i].init();
		if (ret) {
			exit_subsystems(i);
			return ret;
		}
	}
	return 0;
}
module_init(dmaheap_debug_init);

static void __exit dmaheap_debug_exit(void)
{
	exit_subsystems(ARRAY_SIZE(subsystems));
}
module_exit(dmaheap_debug_exit);

MODULE_DESCRIPTION("Counters for DMA-BUF heaps");
MODULE_LICENSE("GPL");
MODULE_VERSION(DMAHEAP_VERSION);
COMPAT_IMPORT_DMA_BUF();
