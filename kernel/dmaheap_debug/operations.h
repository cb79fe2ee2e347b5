/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations: the allocations in progress. The probe handlers use operations to attribute
 * exports and releases of buffers to allocations.
 */
#ifndef DMAHEAP_DEBUG_OPERATIONS_H
#define DMAHEAP_DEBUG_OPERATIONS_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/dma-buf.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

#include "heaps.h"

/**
 * struct operation - an allocation in progress
 * @task: task that allocates, or NULL if the slot is free. The slot holds a
 *	reference to the task, so no other task can get the same address, even if an
 *	oops kills the task.
 * @heap: account of the heap; set by the caller of operation_start()
 * @start: time of the call, from ktime_get_mono_fast_ns()
 * @dmabuf: buffer that the allocation exported last, or NULL; compared, never
 *	dereferenced
 * @released: @dmabuf was freed before the allocation returned, for example because
 *	another thread closed the new descriptor; protected by counts_lock
 * @allocation: result so far; its size is the size of @dmabuf
 *
 * An operation is not stored in the data of a kretprobe instance, because the kernel recycles
 * the instance without notice if the task dies inside the call.
 */
struct operation {
	struct task_struct *task;
	struct heap *heap;
	u64 start;
	const struct dma_buf *dmabuf;
	bool released;
	struct allocation allocation;
} ____cacheline_aligned;

#define OPERATIONS_BITS 9
/*
 * Number of slots in which the operation of a task can be. The hash of the task's address
 * selects the first of these slots, the home slot of the task.
 */
#define OPERATIONS_SEARCH_LEN 16
#define OPERATIONS_MAX ((1 << OPERATIONS_BITS) + OPERATIONS_SEARCH_LEN - 1)

/*
 * No lock protects the slots. A task claims a free slot with cmpxchg() and then owns the
 * fields of the slot. Other tasks only read @task and @dmabuf, and set @released.
 */
extern struct operation operations[OPERATIONS_MAX];
/* Number of operations that are not in the home slot of their task. */
extern atomic_t operations_displaced;

static inline struct operation *operation_home_slot(const struct task_struct *task)
{
	return &operations[hash_ptr(task, OPERATIONS_BITS)];
}

struct operation *operation_find_displaced(void);

/* Returns the operation of the current task, or NULL. */
static inline struct operation *operation_of_task(void)
{
	struct operation *home = operation_home_slot(current);

	if (likely(READ_ONCE(home->task) == current))
		return home;
	/* If the operation is in another slot, this task has incremented the counter itself. */
	return unlikely(atomic_read(&operations_displaced)) ? operation_find_displaced() : NULL;
}

struct operation *operation_start(struct kretprobe_instance *instance, bool kernel);
void operation_exported(struct operation *operation, const struct dma_buf *dmabuf);
struct heap *operation_end(struct operation *operation, int error);
bool operations_buffer_released(const struct dma_buf *dmabuf);
void operations_exit(void);

#endif
