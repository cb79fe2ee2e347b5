// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocates and frees the pages of buffers.
 *
 * Each page has its own reference count and is never part of a compound page. All pages are
 * therefore freed in the same way, no matter how they were allocated.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "../compat.h"
#include "sim.h"

/* 1 MiB with pages of 4 KiB: a large block needs fewer IOMMU entries than single pages. */
#define LARGEST_ORDER 8

/*
 * Allocations with these flags do not invoke the OOM killer and print no warnings: a
 * simulated heap that runs out of memory must not affect the rest of the system.
 */
#define GFP_LARGE ((GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN | __GFP_NORETRY) & \
		   ~__GFP_DIRECT_RECLAIM)
#define GFP_SMALL (GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/*
 * Allocates a block of at most @max_pages pages. On entry, *order is the largest order to
 * try. On return, *order is the order of the block. Returns the first page, or NULL.
 */
static struct page *alloc_block(unsigned long max_pages, unsigned int *order)
{
	unsigned int o = min_t(unsigned int, ilog2(max_pages), *order);
	struct page *page;

	for (;; o--) {
		page = alloc_pages(o ? GFP_LARGE : GFP_SMALL, o);
		if (page && o)
			split_page(page, o);
		/* Do not try larger orders again for the rest of the buffer. */
		*order = o;
		if (page || !o)
			return page;
	}
}

static void free_pages_of_buffer(struct page **pages, unsigned long count)
{
	while (count)
		__free_page(pages[--count]);
}

static int alloc_pages_of_buffer(struct page **pages, unsigned long count)
{
	unsigned long allocated = 0;
	unsigned int order = LARGEST_ORDER;
	int ret = 0;

	while (allocated < count) {
		struct page *page = NULL;
		unsigned int i;

		ret = -EINTR;
		if (!fatal_signal_pending(current)) {
			ret = -ENOMEM;
			page = alloc_block(count - allocated, &order);
		}
		if (!page) {
			free_pages_of_buffer(pages, allocated);
			return ret;
		}
		for (i = 0; i < 1U << order; i++)
			pages[allocated++] = page + i;
		cond_resched();
	}
	return 0;
}

static void zero_pages(struct page **pages, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++) {
		clear_highpage(pages[i]);
		cond_resched();
	}
}

/* Returns page @n of a block. A block may span memory sections, so do not use @first + @n. */
static struct page *page_at(struct page *first, unsigned long n)
{
	return pfn_to_page(page_to_pfn(first) + n);
}

static struct page *alloc_contiguous(unsigned long count)
{
	void *memory = alloc_pages_exact(count << PAGE_SHIFT, GFP_KERNEL | __GFP_NOWARN);

	if (memory)
		return virt_to_page(memory);
	return sim_alloc_contig_pages(count, GFP_KERNEL | __GFP_NOWARN, numa_mem_id());
}

/**
 * sim_carveout_create() - allocate the memory of a carve-out
 * @heap: heap with heap->kind->carved set
 *
 * The free memory of a carve-out is always zeroed.
 *
 * Return: 0 or -ENOMEM.
 */
int sim_carveout_create(struct sim_heap *heap)
{
	unsigned long i;

	if (heap->limit > totalram_pages())
		return -ENOMEM;
	heap->map = kvcalloc(BITS_TO_LONGS(heap->limit), sizeof(*heap->map), GFP_KERNEL);
	if (!heap->map)
		return -ENOMEM;
	heap->carveout = alloc_contiguous(heap->limit);
	if (!heap->carveout) {
		kvfree(heap->map);
		heap->map = NULL;
		return -ENOMEM;
	}
	for (i = 0; i < heap->limit; i++) {
		clear_highpage(page_at(heap->carveout, i));
		cond_resched();
	}
	return 0;
}

void sim_carveout_destroy(struct sim_heap *heap)
{
	unsigned long i;

	if (!heap->carveout)
		return;
	for (i = 0; i < heap->limit; i++)
		__free_page(page_at(heap->carveout, i));
	heap->carveout = NULL;
	kvfree(heap->map);
	heap->map = NULL;
}

/*
 * Allocates @count pages from the first free range that is long enough. Returns 0, or
 * -ENOMEM if there is no such range.
 */
static int carveout_alloc(struct sim_heap *heap, struct page **pages, unsigned long count)
{
	unsigned long start, i;

	lockdep_assert_held(&heap->lock);
	start = bitmap_find_next_zero_area(heap->map, heap->limit, 0, count, 0);
	if (start >= heap->limit)
		return -ENOMEM;
	bitmap_set(heap->map, start, count);
	for (i = 0; i < count; i++)
		pages[i] = page_at(heap->carveout, start + i);
	return 0;
}

static void carveout_free(struct sim_heap *heap, struct page **pages, unsigned long count)
{
	lockdep_assert_held(&heap->lock);
	bitmap_clear(heap->map, page_to_pfn(pages[0]) - page_to_pfn(heap->carveout), count);
}

/**
 * sim_pages_get() - allocate zeroed pages and charge them to a heap
 * @heap: heap whose limit applies
 * @pages: array of @count elements, set to the allocated pages
 * @count: number of pages, at least 1
 *
 * Return: 0, -ENOMEM if the heap or the system has too few free pages or no free range of the
 * carve-out is long enough, or -EINTR if the task was killed.
 */
int sim_pages_get(struct sim_heap *heap, struct page **pages, unsigned long count)
{
	int ret = -ENOMEM;

	mutex_lock(&heap->lock);
	if (count <= heap->limit - heap->used)
		ret = heap->kind->carved ? carveout_alloc(heap, pages, count) : 0;
	if (!ret) {
		heap->used += count;
		heap->peak = max(heap->peak, heap->used);
	}
	mutex_unlock(&heap->lock);
	if (ret || heap->kind->carved)
		return ret;

	ret = alloc_pages_of_buffer(pages, count);
	if (ret) {
		mutex_lock(&heap->lock);
		heap->used -= count;
		mutex_unlock(&heap->lock);
	}
	return ret;
}

void sim_pages_put(struct sim_heap *heap, struct page **pages, unsigned long count)
{
	/* Zero the pages before they can be allocated again. */
	if (heap->kind->scrubbed)
		zero_pages(pages, count);
	if (!heap->kind->carved)
		free_pages_of_buffer(pages, count);
	mutex_lock(&heap->lock);
	if (heap->kind->carved)
		carveout_free(heap, pages, count);
	heap->used -= count;
	mutex_unlock(&heap->lock);
}

/**
 * sim_largest_free() - find the size of the largest buffer that fits into a heap
 * @heap: heap; the caller holds heap->lock
 *
 * Return: size in pages.
 */
unsigned long sim_largest_free(struct sim_heap *heap)
{
	unsigned long start, end = 0, largest = 0;

	lockdep_assert_held(&heap->lock);
	if (!heap->kind->carved)
		return heap->limit - heap->used;
	while (end < heap->limit) {
		start = find_next_zero_bit(heap->map, heap->limit, end);
		end = find_next_bit(heap->map, heap->limit, start);
		largest = max(largest, end - start);
	}
	return largest;
}
