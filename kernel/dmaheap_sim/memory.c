// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the pages of buffers come from.
 *
 * Every page is handed out with a reference of its own, never as part of a
 * compound page, so that it can be freed without knowing how it came.
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

/* 1 MiB where pages have 4 KiB; IOMMUs like large ones */
#define LARGEST_ORDER 8

/*
 * Neither may bring on the OOM killer or a warning: that a simulated heap has
 * run out is nothing the machine must suffer from.
 */
#define GFP_LARGE ((GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN | __GFP_NORETRY) & \
		   ~__GFP_DIRECT_RECLAIM)
#define GFP_SMALL (GFP_HIGHUSER | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

static struct page *take_block(unsigned long most, unsigned int *order)
{
	unsigned int o = min_t(unsigned int, ilog2(most), *order);
	struct page *page;

	for (;; o--) {
		page = alloc_pages(o ? GFP_LARGE : GFP_SMALL, o);
		if (page && o)
			split_page(page, o);
		/* Where there was no large one, there will be none for the rest. */
		*order = o;
		if (page || !o)
			return page;
	}
}

static void give_back(struct page **pages, unsigned long count)
{
	while (count)
		__free_page(pages[--count]);
}

static int take_pages(struct page **pages, unsigned long count)
{
	unsigned long have = 0;
	unsigned int order = LARGEST_ORDER;
	int ret = 0;

	while (have < count) {
		struct page *page = NULL;
		unsigned int i;

		ret = -EINTR;
		if (!fatal_signal_pending(current)) {
			ret = -ENOMEM;
			page = take_block(count - have, &order);
		}
		if (!page) {
			give_back(pages, have);
			return ret;
		}
		for (i = 0; i < 1U << order; i++)
			pages[have++] = page + i;
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

/* nth page of a block that may span sections of the memory map */
static struct page *nth(struct page *first, unsigned long n)
{
	return pfn_to_page(page_to_pfn(first) + n);
}

static struct page *take_contiguous(unsigned long count)
{
	void *memory = alloc_pages_exact(count << PAGE_SHIFT, GFP_KERNEL | __GFP_NOWARN);

	if (memory)
		return virt_to_page(memory);
	return sim_alloc_contig_pages(count, GFP_KERNEL | __GFP_NOWARN, numa_mem_id());
}

/**
 * sim_carveout_create() - take a heap's memory from the machine
 * @heap: of a carved kind
 *
 * The memory is zero from here on, whenever it is not part of a buffer.
 */
int sim_carveout_create(struct sim_heap *heap)
{
	unsigned long i;

	if (heap->limit > totalram_pages())
		return -ENOMEM;
	heap->map = kvcalloc(BITS_TO_LONGS(heap->limit), sizeof(*heap->map), GFP_KERNEL);
	if (!heap->map)
		return -ENOMEM;
	heap->carveout = take_contiguous(heap->limit);
	if (!heap->carveout) {
		kvfree(heap->map);
		heap->map = NULL;
		return -ENOMEM;
	}
	for (i = 0; i < heap->limit; i++) {
		clear_highpage(nth(heap->carveout, i));
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
		__free_page(nth(heap->carveout, i));
	heap->carveout = NULL;
	kvfree(heap->map);
	heap->map = NULL;
}

/* The first place where it fits; whoever calls has seen that used allows it. */
static int carve(struct sim_heap *heap, struct page **pages, unsigned long count)
{
	unsigned long start, i;

	lockdep_assert_held(&heap->lock);
	start = bitmap_find_next_zero_area(heap->map, heap->limit, 0, count, 0);
	if (start >= heap->limit)
		return -ENOMEM;
	bitmap_set(heap->map, start, count);
	for (i = 0; i < count; i++)
		pages[i] = nth(heap->carveout, start + i);
	return 0;
}

static void uncarve(struct sim_heap *heap, struct page **pages, unsigned long count)
{
	lockdep_assert_held(&heap->lock);
	bitmap_clear(heap->map, page_to_pfn(pages[0]) - page_to_pfn(heap->carveout), count);
}

/**
 * sim_pages_get() - zeroed pages, counted against the heap's size
 * @heap: whose budget it is
 * @pages: filled in
 * @count: at least 1
 *
 * Return: 0, -ENOMEM when the heap (or the machine) has too few of them, in
 * one piece for a carve-out, or -EINTR when the caller was killed.
 */
int sim_pages_get(struct sim_heap *heap, struct page **pages, unsigned long count)
{
	int ret = -ENOMEM;

	mutex_lock(&heap->lock);
	if (count <= heap->limit - heap->used)
		ret = heap->kind->carved ? carve(heap, pages, count) : 0;
	if (!ret) {
		heap->used += count;
		heap->peak = max(heap->peak, heap->used);
	}
	mutex_unlock(&heap->lock);
	if (ret || heap->kind->carved)
		return ret;

	ret = take_pages(pages, count);
	if (ret) {
		mutex_lock(&heap->lock);
		heap->used -= count;
		mutex_unlock(&heap->lock);
	}
	return ret;
}

void sim_pages_put(struct sim_heap *heap, struct page **pages, unsigned long count)
{
	/* Before anybody else can have them */
	if (heap->kind->scrubbed)
		zero_pages(pages, count);
	if (!heap->kind->carved)
		give_back(pages, count);
	mutex_lock(&heap->lock);
	if (heap->kind->carved)
		uncarve(heap, pages, count);
	heap->used -= count;
	mutex_unlock(&heap->lock);
}

/**
 * sim_largest_free() - the most that one request could get
 * @heap: with its lock held
 *
 * Return: pages.
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
