// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the cost of guards that could prevent the removal of a heap while one of its operations
 * runs. Logs the time to enter and leave each guard. The module uses no heap.
 */
#include <linux/ktime.h>
#include <linux/completion.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/percpu-refcount.h>
#include <linux/refcount.h>
#include <linux/srcu.h>

static uint rounds = 100000;
module_param(rounds, uint, 0400);
MODULE_PARM_DESC(rounds, "Number of times to enter and leave each guard");

/* With SRCU, the removal of a heap would clear this pointer, and each operation would check it. */
static void *operations = &operations;

DEFINE_STATIC_SRCU(srcu);
static struct percpu_ref percpu;
static refcount_t count = REFCOUNT_INIT(1);
static DECLARE_COMPLETION(unused);

static noinline bool guarded_by_srcu(void)
{
	int idx = srcu_read_lock(&srcu);
	bool live = READ_ONCE(operations);

	srcu_read_unlock(&srcu, idx);
	return live;
}

static noinline bool guarded_by_percpu_ref(void)
{
	if (!percpu_ref_tryget_live(&percpu))
		return false;
	percpu_ref_put(&percpu);
	return true;
}

static noinline bool guarded_by_refcount(void)
{
	if (!refcount_inc_not_zero(&count))
		return false;
	if (refcount_dec_and_test(&count))
		complete(&unused);
	return true;
}

static noinline bool guarded_by_nothing(void)
{
	return READ_ONCE(operations);
}

static void measure(const char *name, bool (*enter_and_leave)(void))
{
	u64 began = ktime_get_ns();
	uint i;

	for (i = 0; i < rounds; i++)
		if (!enter_and_leave())
			return;
	pr_info("dmaheap_guards: %s %llu\n", name, div_u64(ktime_get_ns() - began, rounds));
}

static void released(struct percpu_ref *ref)
{
}

static int __init dmaheap_guards_init(void)
{
	int ret = percpu_ref_init(&percpu, released, 0, GFP_KERNEL);

	if (ret)
		return ret;
	measure("none", guarded_by_nothing);
	measure("srcu", guarded_by_srcu);
	measure("percpu_ref", guarded_by_percpu_ref);
	measure("refcount", guarded_by_refcount);
	return 0;
}
module_init(dmaheap_guards_init);

static void __exit dmaheap_guards_exit(void)
{
	percpu_ref_exit(&percpu);
}
module_exit(dmaheap_guards_exit);

MODULE_DESCRIPTION("Cost of the guards that a heap's operations could use");
MODULE_LICENSE("GPL");
