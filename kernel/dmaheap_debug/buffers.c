// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/vmalloc.h>

#include "buffers.h"

#define HASH_BITS 12

/**
 * struct buffer - one whose allocation has ended
 * @next: in its hash chain, or in the list of free ones
 * @dmabuf: never followed, only compared
 * @heap: it is from
 * @size: in bytes
 * @undone: the allocation failed and is about to free it
 */
struct buffer {
	struct buffer *next;
	const struct dma_buf *dmabuf;
	struct heap *heap;
	u64 size;
	bool undone;
};

/* Probes cannot allocate, so all there will ever be is here from the start. */
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

int buffers_init(unsigned int max)
{
	unsigned int i;

	buffers = vzalloc(array_size(max, sizeof(*buffers)));
	buffers_hash = vzalloc(array_size(1 << HASH_BITS, sizeof(*buffers_hash)));
	if (!buffers || !buffers_hash) {
		buffers_exit();
		return -ENOMEM;
	}
	buffers_free = NULL;
	for (i = max; i > 0; i--)
		push(&buffers_free, &buffers[i - 1]);
	return 0;
}

void buffers_exit(void)
{
	vfree(buffers);
	vfree(buffers_hash);
}

static struct buffer **chain(const struct dma_buf *dmabuf)
{
	return &buffers_hash[hash_ptr(dmabuf, HASH_BITS)];
}

/**
 * buffer_remove - counts the end of a buffer and forgets it
 * @dmabuf: whose memory is not freed yet
 *
 * Returns: false when it is not known.
 */
bool buffer_remove(const struct dma_buf *dmabuf)
{
	struct buffer **place = chain(dmabuf), *buffer;

	lockdep_assert_held(&counts_lock);
	while (*place && (*place)->dmabuf != dmabuf)
		place = &(*place)->next;
	buffer = pop(place);
	if (!buffer)
		return false;
	if (buffer->undone)
		heap_undone(buffer->heap);
	else
		heap_freed(buffer->heap, buffer->size);
	push(&buffers_free, buffer);
	return true;
}

/**
 * buffer_add - notes a new buffer
 * @dmabuf: that lives
 * @heap: it is from
 * @size: in bytes
 * @undone: nobody will get it
 *
 * Returns: false when there are too many.
 */
bool buffer_add(const struct dma_buf *dmabuf, struct heap *heap, u64 size, bool undone)
{
	struct buffer *buffer;

	lockdep_assert_held(&counts_lock);
	/* A buffer at the same place cannot live: the probe missed its end. */
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
