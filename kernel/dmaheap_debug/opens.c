// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closes of a heap are counted at cdev_put(), because the device nodes of heaps have no
 * release operation on most kernels. The VFS calls cdev_put() once for each close of a
 * character device. chrdev_open() also calls cdev_put(), for example if the open fails. Calls
 * by chrdev_open() are not counted: the caller's address identifies them.
 *
 * A compiler can inline cdev_put() into its callers, and the probe then sees no close.
 * Closes are therefore reported only after the probe has seen the close of a character
 * device. The probe soon sees a close, because every system opens and closes /dev/null.
 */
#include "compat.h"
#include "nodes.h"
#include "opens.h"
#include "probes.h"
#include "symbols.h"

/* Address range of chrdev_open(), whose calls to cdev_put() are not closes. */
static struct extent chrdev_open_extent;
static bool cdev_put_seen;

void closes_find_opener(struct symbol *symbol)
{
	chrdev_open_extent = symbol_extent("chrdev_open", symbol);
}

/* Returns true once the probe on cdev_put() has seen a close. */
bool closes_observable(void)
{
	return READ_ONCE(cdev_put_seen);
}

int open_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct open_call *call = (void *)instance->data;

	call->file = (const struct file *)regs_get_kernel_argument(regs, 1);
	return 0;
}

int open_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct open_call *call = (void *)instance->data;

	if (!(int)regs_return_value(regs))
		heap_opened(node_heap_on_open(call->file));
	return 0;
}

int close_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct cdev *cdev = (const struct cdev *)regs_get_kernel_argument(regs, 0);
	struct close_call *call = (void *)instance->data;

	if (!chrdev_open_extent.start || !cdev)
		return 1;
	call->heap = node_heap_of_cdev(cdev);
	return !call->heap && closes_observable();
}

int close_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	unsigned long caller = compat_return_address(instance);
	struct close_call *call = (void *)instance->data;

	if (!probes_caller_known(caller)) {
		if (call->heap)
			probes_count_missed(instance);
		return 0;
	}
	if (extent_contains_call(&chrdev_open_extent, caller))
		return 0;
	if (!closes_observable())
		WRITE_ONCE(cdev_put_seen, true);
	if (call->heap)
		heap_closed(call->heap);
	return 0;
}
