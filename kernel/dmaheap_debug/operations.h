/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that are allocating right now, so that what happens within them
 * can be told to be theirs.
 */
#ifndef DMAHEAP_DEBUG_OPERATIONS_H
#define DMAHEAP_DEBUG_OPERATIONS_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/dma-buf.h>
#include <linux/hash.h>
#include <linux/sched.h>

#include "heaps.h"

/**
 * struct operation - a task within a call that allocates
 * @task: whose it is, with a reference: so none can come to be at the same
 *	place while this is here, even if a crash ends it. NULL: free.
 * @heap: that was asked; to be set by who started the operation
 * @redirected: how many functions of this module the task was led into, which have not
 *	returned; must be 0 before their code goes
 * @start: as clock_now() had it
 * @dmabuf: exported so far, or NULL; never followed, only compared
 * @released: @dmabuf was freed before the call ended: another thread was quick enough to
 *	close the new descriptor, and noted it here with counts_lock held
 * @allocation: what is known of it so far; its size is that of @dmabuf
 *
 * Not in the data of the kretprobe: that is recycled without notice when a
 * task dies inside the call.
 */
struct operation {
	struct task_struct *task;
	struct heap *heap;
	unsigned int redirected;
	u64 start;
	const struct dma_buf *dmabuf;
	bool released;
	struct allocation allocation;
} ____cacheline_aligned;

#define OPERATIONS_BITS 9
/* How far from home, which is where its hash says, a task's operation may be. */
#define OPERATIONS_REACH 16
#define OPERATIONS_MAX ((1 << OPERATIONS_BITS) + OPERATIONS_REACH - 1)

/*
 * No lock: a task takes one that is free for itself, by cmpxchg(), and the fields belong to
 * the task that did. Who comes across another's only compares @task or @dmabuf.
 */
extern struct operation operations[OPERATIONS_MAX];
/* How many are not at home. */
extern atomic_t operation_strays;

static inline struct operation *operation_home(const struct task_struct *task)
{
	return &operations[hash_ptr(task, OPERATIONS_BITS)];
}

struct operation *operation_stray(void);

/* What the current task is in, or NULL. */
static inline struct operation *operation_of_task(void)
{
	struct operation *home = operation_home(current);

	if (likely(READ_ONCE(home->task) == current))
		return home;
	/* A task whose own is a stray has counted it before. */
	return unlikely(atomic_read(&operation_strays)) ? operation_stray() : NULL;
}

struct operation *operation_start(bool kernel);
void operation_exported(struct operation *operation, const struct dma_buf *dmabuf);
struct heap *operation_end(struct operation *operation, int error);
bool operations_released(const struct dma_buf *dmabuf);
u64 operations_lost(void);
void operations_drain(void);
void operations_exit(void);

#endif
