// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "buffers.h"

#define HASH_BITS 12

/**
 * enum buffer_state - what is known of a buffer
 * @BUFFER_PENDING: exported; the call that allocates it has not ended
 * @BUFFER_LIVE: the call succeeded
 * @BUFFER_RELEASED: freed before the call ended: another thread was quick
 *	enough to close the new descriptor, or the call failed late
 * @BUFFER_UNDONE: the call failed and is about to free it
 */
enum buffer_state {
	BUFFER_PENDING,
	BUFFER_LIVE,
	BUFFER_RELEASED,
	BUFFER_UNDONE,
};

/**
 * struct buffer - one of those that were exported while a heap was asked for one
 * @node: in its hash chain, or in the list of free ones
 * @dmabuf: never followed, only compared
 * @heap: it is from
 * @size: in bytes
 * @state: decides what a release means
 */
struct buffer {
	struct hlist_node node;
	const struct dma_buf *dmabuf;
	struct heap *heap;
	u64 size;
	enum buffer_state state;
};

/* Protects all below and what is in each buffer; taken in probes. */
static DEFINE_RAW_SPINLOCK(buffers_lock);
/* Probes cannot allocate, so all there will ever be is here from the start. */
static struct buffer *buffers;
static struct hlist_head buffers_free;
static struct hlist_head *buffers_hash;

int buffers_init(unsigned int max)
{
	unsigned int i;

	buffers = vzalloc(array_size(max, sizeof(*buffers)));
	buffers_hash = vzalloc(array_size(1 << HASH_BITS, sizeof(*buffers_hash)));
	if (!buffers || !buffers_hash) {
		buffers_exit();
		return -ENOMEM;
	}
	for (i = max; i > 0; i--)
		hlist_add_head(&buffers[i - 1].node, &buffers_free);
	return 0;
}

void buffers_exit(void)
{
	vfree(buffers);
	vfree(buffers_hash);
}

static struct hlist_head *chain(const struct dma_buf *dmabuf)
{
	return &buffers_hash[hash_ptr(dmabuf, HASH_BITS)];
}

static struct buffer *look_up(const struct dma_buf *dmabuf)
{
	struct buffer *buffer;

	lockdep_assert_held(&buffers_lock);
	hlist_for_each_entry(buffer, chain(dmabuf), node) {
		if (buffer->dmabuf == dmabuf)
			return buffer;
	}
	return NULL;
}

static void recycle(struct buffer *buffer)
{
	hlist_add_head(&buffer->node, &buffers_free);
}

static void release(struct buffer *buffer)
{
	lockdep_assert_held(&buffers_lock);
	hlist_del_init(&buffer->node);
	switch (buffer->state) {
	case BUFFER_LIVE:
		heap_freed(buffer->heap, buffer->size);
		recycle(buffer);
		break;
	case BUFFER_UNDONE:
		heap_undone(buffer->heap);
		recycle(buffer);
		break;
	default:
		/* The call that allocates still points to it. */
		buffer->state = BUFFER_RELEASED;
	}
}

/**
 * buffer_exported - notes a new buffer
 * @dmabuf: just exported
 * @heap: that was asked for it
 *
 * Returns: NULL when there are too many, else what buffer_settle() must be
 * called for when the allocation has ended.
 */
struct buffer *buffer_exported(struct dma_buf *dmabuf, struct heap *heap)
{
	struct buffer *buffer, *stale;
	unsigned long flags;

	raw_spin_lock_irqsave(&buffers_lock, flags);
	/* A buffer at the same place cannot live: the probe missed its end. */
	stale = look_up(dmabuf);
	if (stale)
		release(stale);
	buffer = hlist_entry_safe(buffers_free.first, struct buffer, node);
	if (buffer) {
		hlist_del(&buffer->node);
		buffer->dmabuf = dmabuf;
		buffer->heap = heap;
		buffer->size = dmabuf->size;
		buffer->state = BUFFER_PENDING;
		hlist_add_head(&buffer->node, chain(dmabuf));
	}
	raw_spin_unlock_irqrestore(&buffers_lock, flags);
	return buffer;
}

static void settle(struct buffer *buffer, bool failed)
{
	lockdep_assert_held(&buffers_lock);
	if (buffer->state == BUFFER_RELEASED) {
		if (failed)
			heap_undone(buffer->heap);
		else
			heap_freed(buffer->heap, buffer->size);
		recycle(buffer);
	} else {
		buffer->state = failed ? BUFFER_UNDONE : BUFFER_LIVE;
	}
}

/**
 * buffer_settle - counts an allocation that has ended
 * @buffer: what it exported, or NULL for nothing or an unknown buffer
 * @heap: that was asked
 * @allocation: gets @seen and @size
 */
void buffer_settle(struct buffer *buffer, struct heap *heap, struct allocation *allocation)
{
	unsigned long flags;

	/* Both at once, or a release on another CPU could be counted between. */
	raw_spin_lock_irqsave(&buffers_lock, flags);
	allocation->seen = buffer;
	if (buffer)
		allocation->size = buffer->size;
	heap_allocated(heap, allocation);
	if (buffer)
		settle(buffer, allocation->error);
	raw_spin_unlock_irqrestore(&buffers_lock, flags);
}

/* For a buffer that the call which exported it did not hand out. */
void buffer_abandon(struct buffer *buffer)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&buffers_lock, flags);
	settle(buffer, true);
	raw_spin_unlock_irqrestore(&buffers_lock, flags);
}

/* To be called before the memory of @dmabuf is freed. */
void buffer_released(const struct dma_buf *dmabuf)
{
	char name[NAME_SIZE];
	struct buffer *buffer;
	unsigned long flags;

	raw_spin_lock_irqsave(&buffers_lock, flags);
	buffer = look_up(dmabuf);
	if (buffer)
		release(buffer);
	raw_spin_unlock_irqrestore(&buffers_lock, flags);
	/* Most heaps, and the kernel's own, lend a buffer their name. */
	if (!buffer && text_peek(name, dmabuf->exp_name, sizeof(name)))
		heap_freed_older(exporter_named(name), dmabuf->size);
}
