// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched/task.h>
#include <linux/vmalloc.h>

#include "debug.h"

/* Base-2 logarithm of the number of chains in buffers_hash. */
static unsigned int hash_bits;

/**
 * struct buffer - a live buffer that an allocation exported
 * @next: next entry in the hash chain or in the free list
 * @dmabuf: address of the dma-buf, the key of the entry; compared, never dereferenced
 * @heap: account of the heap that allocated the buffer
 * @size: size in bytes
 * @undone: the allocation exported the buffer but did not return it
 */
struct buffer {
	struct buffer *next;
	const struct dma_buf *dmabuf;
	struct heap *heap;
	u64 size;
	bool undone;
};

/*
 * Probe handlers cannot allocate memory, so operations_init() allocates all entries.
 * counts_lock protects the entries, the free list and the hash table.
 */
static struct buffer *buffers;
static struct buffer *buffers_free;
static struct buffer **buffers_hash;

static void push(struct buffer **list, struct buffer *buffer)
{
	buffer->next = *list;
	*list = buffer;
}

static struct buffer *pop(struct buffer **list)
{
	struct buffer *buffer = *list;

	if (buffer)
		*list = buffer->next;
	return buffer;
}

static void free_buffers(void)
{
	vfree(buffers);
	vfree(buffers_hash);
}

/* Allocates a table for @max live buffers. Returns 0 or -ENOMEM. */
int operations_init(unsigned int max)
{
	unsigned int i;

	hash_bits = max(12, ilog2(max));
	buffers = vzalloc(array_size(max, sizeof(*buffers)));
	buffers_hash = vzalloc(array_size(1 << hash_bits, sizeof(*buffers_hash)));
	if (!buffers || !buffers_hash) {
		free_buffers();
		return -ENOMEM;
	}
	buffers_free = NULL;
	for (i = max; i > 0; i--)
		push(&buffers_free, &buffers[i - 1]);
	return 0;
}

static struct buffer **chain(const struct dma_buf *dmabuf)
{
	return &buffers_hash[hash_ptr(dmabuf, hash_bits)];
}

/**
 * buffer_remove() - count the release of a buffer and remove its entry
 * @dmabuf: address of the dma-buf, whose memory is not freed yet
 *
 * Return: true if the buffer was in the table, false otherwise.
 */
static bool buffer_remove(const struct dma_buf *dmabuf)
{
	struct buffer **link = chain(dmabuf), *buffer;

	lockdep_assert_held(&counts_lock);
	while (*link && (*link)->dmabuf != dmabuf)
		link = &(*link)->next;
	buffer = pop(link);
	if (!buffer)
		return false;
	if (buffer->undone)
		heap_undone_freed(buffer->heap, buffer->size);
	else
		heap_freed(buffer->heap, buffer->size);
	push(&buffers_free, buffer);
	return true;
}

/**
 * buffer_add() - add a live buffer to the table
 * @dmabuf: the buffer
 * @heap: account of the heap that allocated the buffer
 * @size: size of the buffer in bytes
 * @undone: the allocation exported the buffer but did not return it
 *
 * Return: true, or false if the table is full.
 */
static bool buffer_add(const struct dma_buf *dmabuf, struct heap *heap, u64 size, bool undone)
{
	struct buffer *buffer;

	lockdep_assert_held(&counts_lock);
	/* An entry with this address is stale: no probe saw the release of its buffer. */
	buffer_remove(dmabuf);
	buffer = pop(&buffers_free);
	if (!buffer)
		return false;
	buffer->dmabuf = dmabuf;
	buffer->heap = heap;
	buffer->size = size;
	buffer->undone = undone;
	push(chain(dmabuf), buffer);
	return true;
}

#define OPERATIONS_BITS 9
/*
 * Number of slots that can hold the operation of a task. The hash of the task's address
 * selects the first of these slots, the home slot of the task.
 */
#define OPERATIONS_SEARCH_LEN 16
#define OPERATIONS_MAX ((1 << OPERATIONS_BITS) + OPERATIONS_SEARCH_LEN - 1)

/*
 * No lock protects the slots. A task claims a free slot with cmpxchg() and then owns the
 * fields of the slot. Other tasks only read @task and @dmabuf, and access @released with
 * counts_lock held.
 */
static struct operation operations[OPERATIONS_MAX];
/* Number of operations that are not in the home slot of their task. */
static atomic_t operations_displaced;
/* Number of operations whose dmabuf is not NULL. */
static atomic_t operations_with_buffer;

static struct operation *home_slot(const struct task_struct *task)
{
	return &operations[hash_ptr(task, OPERATIONS_BITS)];
}

/* Returns the operation of the current task, or NULL. */
struct operation *operation_of_task(void)
{
	struct operation *operation = home_slot(current);
	struct operation *end = operation + OPERATIONS_SEARCH_LEN;

	if (likely(READ_ONCE(operation->task) == current))
		return operation;
	/* For an operation in another slot, the current task would have incremented the counter. */
	if (likely(!atomic_read(&operations_displaced)))
		return NULL;
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
	struct operation *operation = home_slot(current);
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

	if (unlikely(operation != home_slot(task)))
		atomic_dec(&operations_displaced);
	/* Pairs with the cmpxchg() in claim_slot(). */
	smp_store_release(&operation->task, NULL);
	put_task_struct(task);
}

/**
 * operation_start() - start to track an allocation by the current task
 * @instance: instance of the probe on the called function; the probe counts the call as missed
 *	if no slot is free
 * @kernel: true for an allocation by kernel code, false for an allocation by ioctl
 *
 * The caller sets the heap of the returned operation.
 *
 * Return: the operation, or NULL if the call is part of another allocation of the task, or
 * if no slot is free.
 */
struct operation *operation_start(struct kretprobe_instance *instance, bool kernel)
{
	struct kretprobe *rp = compat_kretprobe(instance);
	struct operation *operation;

	/* A heap can allocate from another heap: count only the outer allocation. */
	if (operation_of_task())
		return NULL;
	operation = claim_operation();
	if (!operation) {
		if (rp)
			probes_count_missed(&rp->kp);
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
 * Removes the buffer from the operation. If the buffer was already released, counts the
 * release. @undone is true if the allocation did not return the buffer. The caller holds
 * counts_lock.
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

/* If a heap exports two buffers for one allocation, count the first buffer as not returned. */
static void abandon_buffer(struct operation *operation)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	record_buffer(operation, true);
	clear_buffer(operation, true);
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/**
 * operation_exported() - record the buffer that an allocation exported
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
 * release_exported() - mark the buffer of an allocation as released
 * @dmabuf: buffer that is not in the table of live buffers, and whose memory is not freed
 *	yet
 *
 * operation_exported() stores a buffer in the operation before other tasks can access the
 * buffer, so a task that releases the buffer finds the operation. The caller holds counts_lock.
 *
 * Return: true if the buffer belongs to an allocation in progress.
 */
static bool release_exported(const struct dma_buf *dmabuf)
{
	unsigned int i;

	lockdep_assert_held(&counts_lock);
	if (!atomic_read(&operations_with_buffer))
		return false;
	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		/* Skip released buffers, because the kernel can reuse their addresses. */
		if (READ_ONCE(operations[i].dmabuf) == dmabuf && !operations[i].released) {
			operations[i].released = true;
			return true;
		}
	}
	return false;
}

/**
 * buffer_forget() - count the release of a buffer
 * @dmabuf: the buffer, whose memory is not freed yet
 *
 * Return: true, or false if the buffer was not tracked.
 */
bool buffer_forget(const struct dma_buf *dmabuf)
{
	unsigned long flags;
	bool tracked;

	raw_spin_lock_irqsave(&counts_lock, flags);
	tracked = buffer_remove(dmabuf) || release_exported(dmabuf);
	raw_spin_unlock_irqrestore(&counts_lock, flags);
	return tracked;
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
	/* ktime_get_mono_fast_ns() can go backwards while the kernel updates its timekeeper. */
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
 * Frees the table of live buffers, and drops the task references of operations that did not end. An
 * operation does not end if an oops kills its task, or if its return probe is detached before the
 * allocation returns. Call this after all probes are detached.
 */
void operations_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		if (operations[i].task)
			release_operation(&operations[i]);
	}
	free_buffers();
}
