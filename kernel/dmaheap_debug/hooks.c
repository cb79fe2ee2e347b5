// SPDX-License-Identifier: GPL-2.0-only
#include "hooks.h"

#ifdef COMPAT_HOOKS

#include <linux/err.h>
#include <linux/ftrace.h>
#include <linux/rcupdate.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "allocations.h"
#include "nodes.h"

static long no_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	return -ENOTTY;
}

static struct dma_buf *no_export(const struct dma_buf_export_info *info)
{
	return ERR_PTR(-ENODEV);
}

/*
 * Static calls to the original functions. They enter a function after the ftrace call at its
 * start, as BPF trampolines do, because the ftrace call redirects to this module. The calls
 * must be direct, because kernels with IBT allow indirect calls only to the start of a function.
 */
DEFINE_STATIC_CALL(original_ioctl, no_ioctl);
DEFINE_STATIC_CALL(original_export, no_export);

/*
 * Makes the task continue at @to when the hook returns. hooks_exit() waits until the
 * function @to has returned.
 */
static __always_inline void redirect(struct operation *operation, struct ftrace_regs *regs,
				     void *to)
{
	WRITE_ONCE(operation->redirected, operation->redirected + 1);
	ftrace_regs_set_instruction_pointer(regs, (unsigned long)to);
}

static long watched_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct operation *operation = operation_of_task();
	long ret;

	operation->heap = node_heap_of_file(file);
	ret = static_call(original_ioctl)(file, command, argument);
	operation_end(operation, ret < 0 ? ret : 0);
	return ret;
}

static void notrace ioctl_hook(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
			       struct ftrace_regs *regs)
{
	struct operation *operation;

	if (!ioctl_allocates(ftrace_regs_get_argument(regs, 1)))
		return;
	operation = operation_start(false);
	if (operation)
		redirect(operation, regs, watched_ioctl);
}

static struct dma_buf *watched_export(const struct dma_buf_export_info *info)
{
	struct operation *operation = operation_of_task();
	struct dma_buf *dmabuf = static_call(original_export)(info);

	if (!IS_ERR_OR_NULL(dmabuf))
		operation_exported(operation, dmabuf);
	WRITE_ONCE(operation->redirected, operation->redirected - 1);
	return dmabuf;
}

/* Most exported buffers do not come from a heap: their exporters run only this check. */
static void notrace export_hook(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
				struct ftrace_regs *regs)
{
	struct operation *operation = operation_of_task();

	if (operation)
		redirect(operation, regs, watched_export);
}

static void notrace release_hook(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
				 struct ftrace_regs *regs)
{
	dentry_released((const struct dentry *)ftrace_regs_get_argument(regs, 0));
}

/*
 * FTRACE_OPS_FL_PERMANENT makes the registration fail if kernel.ftrace_enabled is 0,
 * and rejects writes of 0 to this sysctl while a hook is registered. Without the flag,
 * such a write would silently stop the counting.
 */
#define HOOK(FUNCTION, FLAGS) { .func = (FUNCTION), .flags = FTRACE_OPS_FL_PERMANENT | (FLAGS) }

static struct ftrace_ops hooks[] = {
	[HOOK_IOCTL] = HOOK(ioctl_hook, FTRACE_OPS_FL_IPMODIFY),
	[HOOK_EXPORT] = HOOK(export_hook, FTRACE_OPS_FL_IPMODIFY),
	[HOOK_RELEASE] = HOOK(release_hook, 0),
};

static void set_original(enum hook hook, unsigned long body)
{
	if (hook == HOOK_IOCTL)
		static_call_update(original_ioctl, (typeof(no_ioctl) *)body);
	else if (hook == HOOK_EXPORT)
		static_call_update(original_export, (typeof(no_export) *)body);
}

/*
 * Checks whether the instruction at @address is a call to the function tracer, or the
 * NOP that replaces a disabled call.
 */
static bool is_ftrace_site(unsigned long address)
{
	static const u8 nop[MCOUNT_INSN_SIZE] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	const u8 *code = (const u8 *)address;

	return code[0] == 0xe8 || !memcmp(code, nop, sizeof(nop));
}

/**
 * hook_attach() - attach a hook to a function
 * @hook: hook that is not attached
 * @address: address that symbol_address() returned for the function
 *
 * Return: 0 or -errno: -EBUSY if kernel.ftrace_enabled is 0 or the function is redirected
 * already, for example by a livepatch; -EOPNOTSUPP if @address is not a call site of the
 * function tracer.
 */
int hook_attach(enum hook hook, unsigned long address)
{
	struct ftrace_ops *ops = &hooks[hook];
	int ret;

	if (!is_ftrace_site(address))
		return -EOPNOTSUPP;
	ret = ftrace_set_filter_ip(ops, address, 0, 1);
	if (ret)
		return ret;
	set_original(hook, address + MCOUNT_INSN_SIZE);
	return register_ftrace_function(ops);
}

/*
 * After this function returns, no task calls the hook. Tasks that the hook redirected may
 * still run in this module: see hooks_exit().
 */
void hook_detach(enum hook hook)
{
	unregister_ftrace_function(&hooks[hook]);
}

/**
 * hooks_exit() - wait for all redirected tasks to leave this module
 *
 * Call this after all hooks are detached, and do not attach hooks afterwards. Sleeps until
 * all redirected allocations have returned.
 */
void hooks_exit(void)
{
	unsigned int i;

	operations_drain();
	/*
	 * A task whose operation has ended may still run the last instructions of the
	 * function to which a hook redirected it.
	 */
	synchronize_rcu_tasks();
	for (i = HOOK_IOCTL; i < ARRAY_SIZE(hooks); i++)
		ftrace_free_filter(&hooks[i]);
}

#endif
