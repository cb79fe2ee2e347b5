// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "debug.h"

/*
 * Number of accounts. The kernel has at most 128 heaps at the same time. The other accounts are
 * for removed heaps, for other exporters, and for names for which kernel code found no heap.
 */
#define HEAPS_MAX 256

/* Table of HEAPS_MAX accounts. The last account is heap_other(). */
static struct heap *heaps;
static unsigned int heaps_count;
/*
 * Serializes additions to the table of accounts. Readers do not take this lock: they see
 * an account once heaps_count includes it.
 */
static DEFINE_RAW_SPINLOCK(heaps_lock);
/* debug.h lists the data that this lock protects. */
DEFINE_RAW_SPINLOCK(counts_lock);

/*
 * Returns the account for unknown heaps and exporters, and for those that do not fit into the table
 * of accounts.
 */
struct heap *heap_other(void)
{
	return &heaps[HEAPS_MAX - 1];
}

static struct heap *find_account(const char *name, u32 hash, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (heaps[i].hash == hash && !strcmp(heaps[i].name, name))
			return &heaps[i];
	}
	return NULL;
}

/* Returns the number of accounts whose name is set. heap_other() has no name. */
static unsigned int published_accounts(void)
{
	/* Pairs with the release in get_account(). */
	return smp_load_acquire(&heaps_count);
}

static struct heap *get_account(const char *name)
{
	u32 hash = jhash(name, strlen(name), 0);
	struct heap *heap = find_account(name, hash, published_accounts());
	unsigned long flags;

	if (heap)
		return heap;
	raw_spin_lock_irqsave(&heaps_lock, flags);
	heap = find_account(name, hash, heaps_count);
	if (!heap && heaps_count < HEAPS_MAX - 1) {
		heap = &heaps[heaps_count];
		heap->hash = hash;
		strscpy(heap->name, name, sizeof(heap->name));
		/* Pairs with the acquire in published_accounts(). */
		smp_store_release(&heaps_count, heaps_count + 1);
	}
	raw_spin_unlock_irqrestore(&heaps_lock, flags);
	return heap ?: heap_other();
}

/*
 * Returns the account of the heap @name. If the heap has no account yet, adds one, or returns
 * heap_other() if the table of accounts is full.
 */
struct heap *heap_by_name(const char *name)
{
	struct heap *heap = get_account(name);

	WRITE_ONCE(heap->is_heap, true);
	return heap;
}

/* Like heap_by_name(), but there may be no heap with the name @name. */
struct heap *account_by_name(const char *name)
{
	return get_account(name);
}

/* Returns the account with the name @name, or NULL if there is no such account. */
struct heap *heap_lookup(const char *name)
{
	return find_account(name, jhash(name, strlen(name), 0), published_accounts());
}

/*
 * Returns the account with the index @number, or NULL if there are at most @number accounts. The
 * last account is heap_other().
 */
struct heap *heap_by_index(unsigned int number)
{
	unsigned int count = published_accounts();

	if (number < count)
		return &heaps[number];
	return number == count ? heap_other() : NULL;
}

/* Returns the account of the heap whose last known address is @dma_heap, or NULL. */
struct heap *heap_by_pointer(const void *dma_heap)
{
	unsigned int i, count = published_accounts();

	for (i = 0; i < count; i++) {
		if (READ_ONCE(heaps[i].dma_heap) == dma_heap)
			return &heaps[i];
	}
	return NULL;
}

void heap_opened(struct heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.opens++;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/* Counts a find of an unknown name. Leaves half of the table to heaps. */
void heap_missed(const char *name)
{
	struct heap *heap = heap_lookup(name);
	unsigned long flags;

	if (!heap)
		heap = published_accounts() < HEAPS_MAX / 2 ? get_account(name) : heap_other();
	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.misses++;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

void heap_found(struct heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.finds++;
	heap->counts.refs++;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

void heap_put(struct heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	if (heap->counts.refs) {
		heap->counts.puts++;
		heap->counts.refs--;
	} else {
		heap->counts.old_puts++;
	}
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

static void count_error(struct counts *counts, const struct allocation *allocation)
{
	int number = -allocation->error;
	unsigned int i;

	if (allocation->kernel)
		counts->kalloc_fails++;
	else
		counts->alloc_fails++;
	for (i = 0; i < ERRNO_SLOTS; i++) {
		if (!counts->errnos[i].number)
			counts->errnos[i].number = number;
		if (counts->errnos[i].number == number) {
			counts->errnos[i].count++;
			return;
		}
	}
	counts->errno_rest++;
}

static void add_live(struct counts *counts, u64 size)
{
	counts->live++;
	counts->live_bytes += size;
	counts->peak = max(counts->peak, counts->live);
	counts->peak_bytes = max(counts->peak_bytes, counts->live_bytes);
}

static void count_success(struct counts *counts, const struct allocation *allocation)
{
	unsigned int slot = allocation->ns ? ilog2(allocation->ns) : 0;

	if (allocation->kernel) {
		counts->kallocs++;
		counts->kalloc_bytes += allocation->size;
	} else {
		counts->allocs++;
		counts->alloc_bytes += allocation->size;
	}
	counts->latency[min_t(unsigned int, slot, LATENCY_SLOTS - 1)]++;
	if (!allocation->buffer_seen) {
		counts->unseen++;
		return;
	}
	add_live(counts, allocation->size);
}

void heap_allocated(struct heap *heap, const struct allocation *allocation)
{
	lockdep_assert_held(&counts_lock);
	if (allocation->error)
		count_error(&heap->counts, allocation);
	else
		count_success(&heap->counts, allocation);
}

/* Call this only for a buffer that heap_allocated() counted with buffer_seen set. */
void heap_freed(struct heap *heap, u64 size)
{
	lockdep_assert_held(&counts_lock);
	heap->counts.frees++;
	heap->counts.free_bytes += size;
	heap->counts.live--;
	heap->counts.live_bytes -= size;
}

void heap_freed_older(struct heap *heap, u64 size)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.older++;
	heap->counts.older_bytes += size;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/*
 * Counts a buffer that an allocation exported but did not return. Usually, the kernel frees the
 * buffer at once. Older kernels install the descriptor before they copy the result to user space:
 * if the copy fails, the descriptor stays open in the process.
 */
void heap_buffer_undone(struct heap *heap, u64 size)
{
	lockdep_assert_held(&counts_lock);
	heap->counts.undone++;
	add_live(&heap->counts, size);
}

/* Call this only for a buffer that heap_buffer_undone() counted. */
void heap_undone_freed(struct heap *heap, u64 size)
{
	lockdep_assert_held(&counts_lock);
	heap->counts.live--;
	heap->counts.live_bytes -= size;
}

/*
 * Resets the counts of an account, except the counts of live buffers and outstanding references.
 * Sets the peaks and the kept counts to these remaining counts.
 */
void heap_reset(struct heap *heap)
{
	struct counts *counts = &heap->counts;
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	*counts = (struct counts) {
		.refs = counts->refs,
		.kept_refs = counts->refs,
		.live = counts->live,
		.live_bytes = counts->live_bytes,
		.peak = counts->live,
		.peak_bytes = counts->live_bytes,
		.kept = counts->live,
		.kept_bytes = counts->live_bytes,
	};
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/* Copies all counts of an account at once, so that they are consistent with each other. */
void heap_copy(struct heap *heap, struct counts *counts)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	*counts = heap->counts;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

int accounts_init(void)
{
	heaps = vzalloc(array_size(HEAPS_MAX, sizeof(*heaps)));
	return heaps ? 0 : -ENOMEM;
}

void accounts_exit(void)
{
	vfree(heaps);
}
