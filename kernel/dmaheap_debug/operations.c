// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>

#include "buffers.h"
#include "clock.h"
#include "operations.h"

struct operation operations[OPERATIONS_MAX];
atomic_t operation_strays;
/* How many have a buffer. */
static atomic_t exported;
static atomic64_t lost;

/* Calls that could not be noted, so that their figures are short. */
u64 operations_lost(void)
{
	return atomic64_read(&lost);
}

/* That of the current task if it is not at home. */
struct operation *operation_stray(void)
{
	struct operation *operation = operation_home(current), *end = operation + OPERATIONS_REACH;

	while (++operation < end) {
		if (READ_ONCE(operation->task) == current)
			return operation;
	}
	return NULL;
}

static bool take(struct operation *operation)
{
	return !READ_ONCE(operation->task) && !cmpxchg(&operation->task, NULL, current);
}

static struct operation *take_one(void)
{
	struct operation *operation = operation_home(current), *end = operation + OPERATIONS_REACH;

	if (likely(take(operation)))
		return operation;
	while (++operation < end) {
		if (take(operation)) {
			atomic_inc(&operation_strays);
			return operation;
		}
	}
	return NULL;
}

static void give_back(struct operation *operation)
{
	struct task_struct *task = operation->task;

	if (unlikely(operation != operation_home(task)))
		atomic_dec(&operation_strays);
	/* Pairs with the cmpxchg() of the next one who takes it. */
	smp_store_release(&operation->task, NULL);
	put_task_struct(task);
}

/**
 * operation_start - notes that the current task asks a heap for a buffer
 * @kernel: whether it is kernel code that does
 *
 * Returns: NULL when this is not to be counted: within another operation, or
 * because of too many.
 */
struct operation *operation_start(bool kernel)
{
	struct operation *operation;

	/* A call within a call is part of it. */
	if (operation_of_task())
		return NULL;
	operation = take_one();
	if (!operation) {
		atomic64_inc(&lost);
		return NULL;
	}
	get_task_struct(current);
	operation->allocation = (struct allocation) { .kernel = kernel };
	operation->redirected = 0;
	operation->dmabuf = NULL;
	operation->start = clock_now();
	return operation;
}

static bool note_buffer(struct operation *operation, bool undone)
{
	return operation->released ||
	       buffer_add(operation->dmabuf, operation->heap, operation->allocation.size, undone);
}

/* For a buffer whose end came before note_buffer(). */
static void forget_buffer(struct operation *operation, bool undone)
{
	if (operation->released && undone)
		heap_undone(operation->heap);
	else if (operation->released)
		heap_freed(operation->heap, operation->allocation.size);
	WRITE_ONCE(operation->dmabuf, NULL);
	atomic_dec(&exported);
}

/* A heap that exports twice has kept the first buffer to itself. */
static void abandon_buffer(struct operation *operation)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	note_buffer(operation, true);
	forget_buffer(operation, true);
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/**
 * operation_exported - notes a new buffer
 * @operation: of the current task
 * @dmabuf: that only the task has by now
 */
void operation_exported(struct operation *operation, const struct dma_buf *dmabuf)
{
	if (unlikely(operation->dmabuf))
		abandon_buffer(operation);
	atomic_inc(&exported);
	operation->allocation.size = dmabuf->size;
	operation->released = false;
	WRITE_ONCE(operation->dmabuf, dmabuf);
}

/**
 * operations_released - notes the end of a buffer that is not in the table of buffers
 * @dmabuf: whose memory is not freed yet
 *
 * With counts_lock held. Who has got hold of the buffer sees what was noted before.
 *
 * Returns: whether it is one of an operation.
 */
bool operations_released(const struct dma_buf *dmabuf)
{
	unsigned int i;

	lockdep_assert_held(&counts_lock);
	if (!atomic_read(&exported))
		return false;
	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		if (READ_ONCE(operations[i].dmabuf) == dmabuf) {
			operations[i].released = true;
			return true;
		}
	}
	return false;
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
	struct allocation *allocation = &operation->allocation;
	struct heap *heap = operation->heap;
	unsigned long flags;

	allocation->error = error;
	allocation->ns = clock_since(operation->start);
	/* All at once, or a release on another CPU could be counted between. */
	raw_spin_lock_irqsave(&counts_lock, flags);
	if (operation->dmabuf)
		allocation->seen = note_buffer(operation, error);
	heap_allocated(heap, allocation);
	if (operation->dmabuf)
		forget_buffer(operation, error);
	raw_spin_unlock_irqrestore(&counts_lock, flags);
	give_back(operation);
	return heap;
}

/* A task that a crash ended never comes back. */
static bool will_return(const struct operation *operation)
{
	const struct task_struct *task;
	bool will;

	/* Without its reference, a task is still there until a grace period is over. */
	rcu_read_lock();
	task = READ_ONCE(operation->task);
	will = task && READ_ONCE(operation->redirected) && !(READ_ONCE(task->flags) & PF_EXITING);
	rcu_read_unlock();
	return will;
}

/**
 * operations_drain - waits until no task is in code of this module that was put before another
 *
 * None may be sent there any more. Sleeps, for as long as an allocation takes.
 */
void operations_drain(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		while (will_return(&operations[i]))
			msleep(20);
	}
}

/* For when nothing allocates under our eyes any more: what is left are the dead. */
void operations_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		if (operations[i].task)
			give_back(&operations[i]);
	}
}
