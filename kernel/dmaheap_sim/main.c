// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmaheap_sim - DMA-BUF heaps without hardware, for tests
 *
 * Its heaps behave as those of hardware do that few machines have: memory that
 * the CPU may not touch, a region that runs out, and allocations that fail or
 * take their time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>

#include "../compat.h"
#include "sim.h"

static char *heaps = "protected:protected:64M";
module_param(heaps, charp, 0444);
MODULE_PARM_DESC(heaps, "NAME[:KIND[:SIZE]][:OPTION=VALUE]...[;NAME...] with the kinds protected, carveout, failing, slow and the options after=N, every=N, errno=E, delay=MS (default: protected:protected:64M)");

/*
 * The kernel keeps a module for as long as it is used, if it is told whose a
 * heap is. Otherwise open files of a heap would reach code that is gone.
 */
static void stay_if_needed(void)
{
	if (sim_can_remove() && COMPAT_HEAP_HAS_OWNER)
		return;
	__module_get(THIS_MODULE);
	pr_info("%s: the module stays until the next boot, and rmmod is refused\n",
		sim_can_remove() ? "this module was built for a kernel that cannot remove heaps" :
				   "this kernel cannot remove heaps");
}

static int __init sim_init(void)
{
	unsigned int added;
	int ret;

	ret = sim_find_symbols();
	if (ret)
		return ret;
	ret = sim_heaps_add(heaps, &added);
	/* A heap may be open as soon as it is there: the load cannot fail any more. */
	if (ret && !added) {
		sim_put_symbols();
		/* -EEXIST would tell modprobe that the module is there already. */
		return ret == -EEXIST ? -EINVAL : ret;
	}
	sim_debugfs_create();
	stay_if_needed();
	return 0;
}
module_init(sim_init);

/* Not before the last open file of a heap and the last buffer are gone */
static void __exit sim_exit(void)
{
	sim_debugfs_remove();
	sim_heaps_remove_all();
	sim_put_symbols();
}
module_exit(sim_exit);

MODULE_DESCRIPTION("DMA-BUF heaps without hardware, for tests");
MODULE_AUTHOR("The dmaheapctl project");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
