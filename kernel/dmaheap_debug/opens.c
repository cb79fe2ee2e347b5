// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heaps' device has no release operation of its own, so there is nothing
 * to probe for a close. But whoever closes a character device ends by giving
 * back the cdev, and does so once for each successful open. What else does it,
 * an open that fails, is known by its caller.
 *
 * A compiler could still have built that call into the caller, and no close
 * would be seen. So closes count only once that of any character device was:
 * there is always some /dev/null.
 */
#include "compat.h"
#include "nodes.h"
#include "opens.h"
#include "symbols.h"

/* The function that opens a character device. */
static struct extent opener;
static bool proven;

void closes_init(void)
{
	proven = false;
	opener = symbol_extent("chrdev_open");
}

/* Whether closes of files are seen at all. */
bool closes_proven(void)
{
	return READ_ONCE(proven);
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
		heap_opened(node_opened(call->file));
	return 0;
}

int close_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct cdev *cdev = (const struct cdev *)regs_get_kernel_argument(regs, 0);
	struct close_call *call = (void *)instance->data;

	if (!opener.start || !cdev)
		return 1;
	call->heap = node_of_cdev(cdev);
	return !call->heap && closes_proven();
}

int close_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct close_call *call = (void *)instance->data;

	if (extent_calls(&opener, compat_return_address(instance)))
		return 0;
	if (!closes_proven())
		WRITE_ONCE(proven, true);
	if (call->heap)
		heap_closed(call->heap);
	return 0;
}
