// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaheap_sim - DMA-BUF heaps without hardware, for tests
 *
 * The heaps simulate memory that the CPU cannot access, carve-outs, faults of heaps, and
 * allocations that fail or take a long time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>

#include "../compat.h"
#include "../version.h"
#include "sim.h"

static char *heaps = "protected:protected:64M";
module_param(heaps, charp, 0444);
MODULE_PARM_DESC(heaps, "Heaps to add, as NAME[:KIND[:SIZE]][:OPTION=VALUE]...[;NAME...]; kinds: protected, carveout, failing, slow, faulty:FAULT; options: after=N, every=N, errno=E, delay=MS (default: protected:protected:64M)");

/*
 * A kernel that can remove heaps pins this module while a heap or buffer is in use. On other
 * kernels, pin the module until the next boot: after an unload, ioctls on a heap would call freed
 * code.
 */
static void pin_module_if_needed(void)
{
	if (sim_can_remove())
		return;
	__module_get(THIS_MODULE);
	pr_info("this kernel cannot remove heaps: the module cannot be unloaded until the next boot\n");
}

static int __init sim_init(void)
{
	unsigned int added;
	int ret;

	ret = sim_find_symbols();
	if (ret)
		return ret;
	ret = sim_heaps_add(heaps, &added);
	/* If a heap was added, user space may have opened it, so module init must not fail. */
	if (ret && !added) {
		sim_put_symbols();
		/* On -EEXIST, modprobe assumes that the module is loaded, and reports success. */
		return ret == -EEXIST ? -EINVAL : ret;
	}
	sim_debugfs_create();
	pin_module_if_needed();
	return 0;
}
module_init(sim_init);

/*
 * Called only if no node of a heap is open, no buffer exists, and no kernel code holds a reference
 * to a heap.
 */
static void __exit sim_exit(void)
{
	sim_debugfs_remove();
	sim_heaps_remove_all();
	sim_put_symbols();
}
module_exit(sim_exit);

MODULE_DESCRIPTION("DMA-BUF heaps without hardware, for tests");
MODULE_AUTHOR("The dmaheapctl project");
MODULE_VERSION(DMAHEAP_VERSION);
MODULE_LICENSE("GPL");
