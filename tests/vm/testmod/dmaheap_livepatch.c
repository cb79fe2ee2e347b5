// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test module: simulates a livepatch of dma_heap_ioctl(). The module registers an ftrace handler
 * with IPMODIFY, as a livepatch does, but the handler does not redirect the function.
 */
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>

#include "compat.h"

#ifdef COMPAT_HOOKS

static void notrace handler(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
			    struct ftrace_regs *regs)
{
}

static struct ftrace_ops ops = { .func = handler, .flags = FTRACE_OPS_FL_IPMODIFY };

static int __init dmaheap_livepatch_init(void)
{
	struct kprobe probe = { .symbol_name = "dma_heap_ioctl", .flags = KPROBE_FLAG_DISABLED };
	int ret = register_kprobe(&probe);

	if (ret)
		return ret;
	unregister_kprobe(&probe);
	ret = ftrace_set_filter_ip(&ops, (unsigned long)probe.addr, 0, 1);
	if (!ret)
		ret = register_ftrace_function(&ops);
	if (ret)
		ftrace_free_filter(&ops);
	return ret;
}

static void __exit dmaheap_livepatch_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
}
module_exit(dmaheap_livepatch_exit);

#else

static int __init dmaheap_livepatch_init(void)
{
	return -EOPNOTSUPP;
}

#endif

module_init(dmaheap_livepatch_init);

MODULE_DESCRIPTION("Test handler with IPMODIFY on the ioctl of DMA-BUF heaps");
MODULE_LICENSE("GPL");
