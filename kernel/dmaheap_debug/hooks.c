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
 * Called behind their first instruction, which is the one that leads here, as trampolines of
 * BPF do it: else they would be led here again. So the calls have to be direct ones: kernels
 * that check where other calls arrive allow these at a function's start only.
 */
DEFINE_STATIC_CALL(original_ioctl, no_ioctl);
DEFINE_STATIC_CALL(original_export, no_export);

/* From now on, operations_drain() waits for the task. */
static __always_inline void lead(struct operation *operation, struct ftrace_regs *regs, void *to)
{
	WRITE_ONCE(operation->redirected, operation->redirected + 1);
	ftrace_regs_set_instruction_pointer(regs, (unsigned long)to);
}

static long watched_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct operation *operation = operation_of_task();
	long ret;

	operation->heap = node_of_file(file);
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
		lead(operation, regs, watched_ioctl);
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

/* Most buffers are not from heaps: their drivers pay for the look only. */
static void notrace export_hook(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
				struct ftrace_regs *regs)
{
	struct operation *operation = operation_of_task();

	if (operation)
		lead(operation, regs, watched_export);
}

static void notrace release_hook(unsigned long ip, unsigned long caller, struct ftrace_ops *ops,
				 struct ftrace_regs *regs)
{
	release_begins((const struct dentry *)ftrace_regs_get_argument(regs, 0));
}

/*
 * FTRACE_OPS_FL_PERMANENT: refused where the function tracer is switched off
 * (kernel.ftrace_enabled), which cannot be done as long as it is here. Else nothing would
 * be seen, in silence.
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

/* Whether the function tracer has its place here: a call, or what stands in for it. */
static bool is_hook_place(unsigned long address)
{
	static const u8 nop[MCOUNT_INSN_SIZE] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	const u8 *code = (const u8 *)address;

	return code[0] == 0xe8 || !memcmp(code, nop, sizeof(nop));
}

/**
 * hook_attach - has a hook called for each call of a function
 * @hook: that is not attached
 * @address: where a probe of the function's entry would be
 *
 * Returns: 0 or a negative errno: -EBUSY where another has led the function elsewhere, as a
 * livepatch does.
 */
int hook_attach(enum hook hook, unsigned long address)
{
	struct ftrace_ops *ops = &hooks[hook];
	int ret;

	if (!is_hook_place(address))
		return -EOPNOTSUPP;
	ret = ftrace_set_filter_ip(ops, address, 0, 1);
	if (ret)
		return ret;
	set_original(hook, address + MCOUNT_INSN_SIZE);
	return register_ftrace_function(ops);
}

/* When it returns, the hook does not run, but what it led elsewhere may. */
void hook_detach(enum hook hook)
{
	unregister_ftrace_function(&hooks[hook]);
}

/**
 * hooks_exit - waits for all that hooks led elsewhere
 *
 * All must be detached, and none may be attached again. Sleeps, for as long as an
 * allocation takes.
 */
void hooks_exit(void)
{
	unsigned int i;

	operations_drain();
	/* Who has ended its operation may still be on the last instructions. */
	synchronize_rcu_tasks();
	for (i = HOOK_IOCTL; i < ARRAY_SIZE(hooks); i++)
		ftrace_free_filter(&hooks[i]);
}

#endif
