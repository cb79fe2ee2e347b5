// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "buffers.h"
#include "operations.h"

#define HASH_BITS 6
#define OPERATIONS_MAX 512

/**
 * struct operation - a task within a call that allocates
 * @node: in its hash chain, or in the list of free ones
 * @task: never followed, only compared
 * @born: of @task, since another may come to the same place after a crash
 * @heap: that was asked
 * @kernel: called by kernel code
 * @start: in nanoseconds
 * @buffer: exported so far, or NULL
 *
 * Not in the data of the kretprobe: that is recycled without notice when a
 * task dies inside the call.
 */
struct operation {
	struct hlist_node node;
	const struct task_struct *task;
	u64 born;
	struct heap *heap;
	bool kernel;
	u64 start;
	struct buffer *buffer;
};

/*
 * Protects the lists. An operation's fields belong to its task, which alone
 * finds it there.
 */
static DEFINE_RAW_SPINLOCK(operations_lock);
static struct operation operations[OPERATIONS_MAX];
static struct hlist_head operations_free;
static struct hlist_head operations_hash[1 << HASH_BITS];
static atomic64_t lost;

void operations_init(void)
{
	unsigned int i;

	for (i = 0; i < OPERATIONS_MAX; i++)
		hlist_add_head(&operations[i].node, &operations_free);
}

/* Calls that could not be noted, so that their figures are short. */
u64 operations_lost(void)
{
	return atomic64_read(&lost);
}

static struct hlist_head *chain(void)
{
	return &operations_hash[hash_ptr(current, HASH_BITS)];
}

static struct operation *look_up(void)
{
	struct operation *operation;

	lockdep_assert_held(&operations_lock);
	hlist_for_each_entry(operation, chain(), node) {
		if (operation->task == current)
			return operation;
	}
	return NULL;
}

static bool is_stale(const struct operation *operation)
{
	return operation->born != current->start_boottime;
}

static struct operation *take(struct heap *heap, bool kernel)
{
	struct operation *operation = look_up();

	lockdep_assert_held(&operations_lock);
	if (operation) {
		/* A call within a call is part of it. */
		if (!is_stale(operation))
			return NULL;
	} else {
		operation = hlist_entry_safe(operations_free.first, struct operation, node);
		if (!operation) {
			atomic64_inc(&lost);
			return NULL;
		}
		hlist_del(&operation->node);
		hlist_add_head(&operation->node, chain());
	}
	operation->task = current;
	operation->born = current->start_boottime;
	operation->heap = heap;
	operation->kernel = kernel;
	operation->buffer = NULL;
	operation->start = ktime_get_mono_fast_ns();
	return operation;
}

/**
 * operation_start - notes that the current task asks a heap for a buffer
 * @heap: it asks
 * @kernel: whether it is kernel code that does
 *
 * Returns: NULL when this is not to be counted: within another operation, or
 * because of too many.
 */
struct operation *operation_start(struct heap *heap, bool kernel)
{
	struct operation *operation;
	unsigned long flags;

	if (!in_task())
		return NULL;
	raw_spin_lock_irqsave(&operations_lock, flags);
	operation = take(heap, kernel);
	raw_spin_unlock_irqrestore(&operations_lock, flags);
	return operation;
}

/* What the current task is in, or NULL. */
struct operation *operation_of_task(void)
{
	struct operation *operation;
	unsigned long flags;

	if (!in_task())
		return NULL;
	raw_spin_lock_irqsave(&operations_lock, flags);
	operation = look_up();
	raw_spin_unlock_irqrestore(&operations_lock, flags);
	return operation && !is_stale(operation) ? operation : NULL;
}

/* A heap that exports twice has kept the first buffer to itself. */
void operation_exported(struct operation *operation, struct dma_buf *dmabuf)
{
	struct buffer *buffer = buffer_exported(dmabuf, operation->heap);

	if (operation->buffer)
		buffer_abandon(operation->buffer);
	operation->buffer = buffer;
}

bool operation_knows_buffer(const struct operation *operation)
{
	return operation->buffer;
}

/**
 * operation_end - counts the operation and forgets it
 * @operation: of the current task
 * @error: that it ended with, or 0
 *
 * Returns: the heap that was asked.
 */
struct heap *operation_end(struct operation *operation, int error)
{
	struct allocation allocation = {
		.kernel = operation->kernel,
		.error = error,
		.ns = ktime_get_mono_fast_ns() - operation->start,
	};
	struct heap *heap = operation->heap;
	unsigned long flags;

	buffer_settle(operation->buffer, heap, &allocation);
	raw_spin_lock_irqsave(&operations_lock, flags);
	hlist_del(&operation->node);
	hlist_add_head(&operation->node, &operations_free);
	raw_spin_unlock_irqrestore(&operations_lock, flags);
	return heap;
}
