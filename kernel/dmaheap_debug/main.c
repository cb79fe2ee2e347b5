// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaheap_debug: accounts of what the kernel did with each DMA-BUF heap, taken
 * from the outside by probes. See dmaheap_debug(4).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "buffers.h"
#include "callsites.h"
#include "clock.h"
#include "compat.h"
#include "folder.h"
#include "heaps.h"
#include "inspect.h"
#include "misses.h"
#include "nodes.h"
#include "operations.h"
#include "probes.h"
#include "stats.h"

static uint buffers = 16384;
module_param(buffers, uint, 0400);
MODULE_PARM_DESC(buffers, "How many live buffers can be told apart (16384)");

static int maxactive = 128;
module_param(maxactive, int, 0400);
MODULE_PARM_DESC(maxactive, "How many calls of one function can be watched at a time (128)");

struct part {
	int (*init)(void);
	void (*exit)(void);
};

static int watched_buffers_init(void)
{
	return buffers_init(buffers);
}

static int plain_init(void)
{
	clock_init();
	nodes_init();
	stats_init();
	return 0;
}

static void plain_exit(void)
{
	operations_exit();
}

static int watch_init(void)
{
	return probes_init(maxactive);
}

/* Each may rely on those before it. */
static const struct part parts[] = {
	{ heaps_init, heaps_exit },
	{ misses_init, misses_exit },
	{ callsites_init, callsites_exit },
	{ watched_buffers_init, buffers_exit },
	{ plain_init, plain_exit },
	{ inspect_init, inspect_exit },
	{ watch_init, probes_exit },
	{ folder_init, folder_exit },
};

static void leave(unsigned int count)
{
	while (count-- > 0)
		parts[count].exit();
}

static int __init dmaheap_debug_init(void)
{
	unsigned int i;
	int ret;

	if (buffers < 1 || buffers > 1 << 20 || maxactive < 1 || maxactive > 4096) {
		pr_err("buffers must be 1 to 1048576, maxactive 1 to 4096\n");
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		ret = parts[i].init();
		if (ret) {
			leave(i);
			return ret;
		}
	}
	return 0;
}
module_init(dmaheap_debug_init);

static void __exit dmaheap_debug_exit(void)
{
	leave(ARRAY_SIZE(parts));
}
module_exit(dmaheap_debug_exit);

MODULE_DESCRIPTION("Accounts of DMA-BUF heaps");
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
COMPAT_IMPORT_DMA_BUF();
