// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ktime.h>
#include <linux/sched/task.h>

#include "buffers.h"
#include "operations.h"
#include "probes.h"

struct operation operations[OPERATIONS_MAX];
atomic_t operations_displaced;
/* Number of operations whose dmabuf is not NULL. */
static atomic_t operations_with_buffer;

/*
 * Searches the slots after the home slot of the current task for the operation of this task.
 * Returns the operation, or NULL.
 */
struct operation *operation_find_displaced(void)
{
	struct operation *operation = operation_home_slot(current);
	struct operation *end = operation + OPERATIONS_SEARCH_LEN;

	while (++operation < end) {
		if (READ_ONCE(operation->task) == current)
			return operation;
	}
	return NULL;
}

static bool claim_slot(struct operation *operation)
{
	return !READ_ONCE(operation->task) && !cmpxchg(&operation->task, NULL, current);
}

static struct operation *claim_operation(void)
{
	struct operation *operation = operation_home_slot(current);
	struct operation *end = operation + OPERATIONS_SEARCH_LEN;

	if (likely(claim_slot(operation)))
		return operation;
	while (++operation < end) {
		if (claim_slot(operation)) {
			atomic_inc(&operations_displaced);
			return operation;
		}
	}
	return NULL;
}

static void release_operation(struct operation *operation)
{
	struct task_struct *task = operation->task;

	if (unlikely(operation != operation_home_slot(task)))
		atomic_dec(&operations_displaced);
	/* Pairs with the cmpxchg() in claim_slot(). */
	smp_store_release(&operation->task, NULL);
	put_task_struct(task);
}

/**
 * operation_start() - start to track an allocation by the current task
 * @instance: instance of the probe on the called function; if no slot is free, the call counts
 *	as missed
 * @kernel: true for an allocation by kernel code, false for one by ioctl
 *
 * The caller sets @heap in the returned operation.
 *
 * Return: the operation, or NULL if the call is part of another allocation of the task, or
 * if no slot is free.
 */
struct operation *operation_start(struct kretprobe_instance *instance, bool kernel)
{
	struct operation *operation;

	/* A heap can allocate from another heap: count only the outer allocation. */
	if (operation_of_task())
		return NULL;
	operation = claim_operation();
	if (!operation) {
		probes_count_missed(instance);
		return NULL;
	}
	get_task_struct(current);
	operation->allocation = (struct allocation) { .kernel = kernel };
	operation->dmabuf = NULL;
	operation->start = ktime_get_mono_fast_ns();
	return operation;
}

static bool record_buffer(struct operation *operation, bool undone)
{
	u64 size = operation->allocation.size;
	bool seen = operation->released ||
		    buffer_add(operation->dmabuf, operation->heap, size, undone);

	if (undone && seen)
		heap_buffer_undone(operation->heap, size);
	return seen;
}

/*
 * Clears the buffer of the operation. If the buffer is already released, counts the
 * release.
 */
static void clear_buffer(struct operation *operation, bool undone)
{
	if (operation->released && undone)
		heap_undone_freed(operation->heap, operation->allocation.size);
	else if (operation->released)
		heap_freed(operation->heap, operation->allocation.size);
	WRITE_ONCE(operation->dmabuf, NULL);
	atomic_dec(&operations_with_buffer);
}

/* If a heap exports two buffers for one allocation, it does not return the first one. */
static void abandon_buffer(struct operation *operation)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	record_buffer(operation, true);
	clear_buffer(operation, true);
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/**
 * operation_exported() - set the buffer of an allocation
 * @operation: operation of the current task
 * @dmabuf: new buffer, not yet visible to other tasks
 */
void operation_exported(struct operation *operation, const struct dma_buf *dmabuf)
{
	if (unlikely(operation->dmabuf))
		abandon_buffer(operation);
	atomic_inc(&operations_with_buffer);
	operation->allocation.size = dmabuf->size;
	operation->released = false;
	WRITE_ONCE(operation->dmabuf, dmabuf);
}

/**
 * operations_buffer_released() - mark the buffer of an allocation as released
 * @dmabuf: buffer whose memory is not freed yet and that is not in the table of
 *	live buffers
 *
 * operation_exported() stores a buffer in the operation before other tasks can access the
 * buffer, so a task that releases the buffer finds it here. The caller holds counts_lock.
 *
 * Return: true if the buffer belongs to an allocation in progress.
 */
bool operations_buffer_released(const struct dma_buf *dmabuf)
{
	unsigned int i;

	lockdep_assert_held(&counts_lock);
	if (!atomic_read(&operations_with_buffer))
		return false;
	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		/* The kernel can reuse the address of a released buffer. */
		if (READ_ONCE(operations[i].dmabuf) == dmabuf && !operations[i].released) {
			operations[i].released = true;
			return true;
		}
	}
	return false;
}

/**
 * operation_end() - count an allocation and free its slot
 * @operation: operation of the current task
 * @error: 0 or the negative errno that the allocation returned
 *
 * Return: the account of the heap.
 */
struct heap *operation_end(struct operation *operation, int error)
{
	struct allocation *allocation = &operation->allocation;
	struct heap *heap = operation->heap;
	unsigned long flags;

	allocation->error = error;
	/* ktime_get_mono_fast_ns() can step back while the kernel adjusts its clock. */
	allocation->ns = max_t(s64, ktime_get_mono_fast_ns() - operation->start, 0);
	/*
	 * Use one critical section, so that a release on another CPU is not counted before
	 * the allocation.
	 */
	raw_spin_lock_irqsave(&counts_lock, flags);
	if (operation->dmabuf)
		allocation->buffer_seen = record_buffer(operation, error);
	heap_allocated(heap, allocation);
	if (operation->dmabuf)
		clear_buffer(operation, error);
	raw_spin_unlock_irqrestore(&counts_lock, flags);
	release_operation(operation);
	return heap;
}

/*
 * Drops the task references of operations that never end because an oops killed their
 * task. Call this after all probes are detached.
 */
void operations_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		if (operations[i].task)
			release_operation(&operations[i]);
	}
}
