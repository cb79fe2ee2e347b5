// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/vmalloc.h>

#include "buffers.h"

/* Number of bits of the hash: at least 12, so that the chains stay short. */
static unsigned int hash_bits;

/**
 * struct buffer - a live buffer that an allocation returned or abandoned
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
 * Probe handlers cannot allocate memory, so buffers_init() allocates all entries.
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

int buffers_init(unsigned int max)
{
	unsigned int i;

	hash_bits = max(12, ilog2(max));
	buffers = vzalloc(array_size(max, sizeof(*buffers)));
	buffers_hash = vzalloc(array_size(1 << hash_bits, sizeof(*buffers_hash)));
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
	return &buffers_hash[hash_ptr(dmabuf, hash_bits)];
}

/**
 * buffer_remove() - count the release of a buffer and remove its entry
 * @dmabuf: address of the dma-buf, whose memory is not freed yet
 *
 * Return: true if the buffer was in the table, false otherwise.
 */
bool buffer_remove(const struct dma_buf *dmabuf)
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
bool buffer_add(const struct dma_buf *dmabuf, struct heap *heap, u64 size, bool undone)
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
