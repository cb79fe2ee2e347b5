// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "heaps.h"
#include "symbols.h"

/* The kernel has up to 128 heaps; a few more names for other exporters. */
#define HEAPS_MAX 192

/* The last one takes what finds no place of its own. */
static struct heap *heaps;
static unsigned int heaps_count;
/* Protects adding to the above; readers see a slot once it is counted. */
static DEFINE_RAW_SPINLOCK(heaps_lock);
DEFINE_RAW_SPINLOCK(counts_lock);

static const char *no_name(struct dma_heap *dma_heap)
{
	return NULL;
}

/*
 * A direct call: a pointer to this function may not be called on kernels that
 * check indirect branches, since nothing in the kernel takes its address.
 */
DEFINE_STATIC_CALL(get_name, no_name);
static bool names_available;

int heaps_init(void)
{
	unsigned long address = symbol_address("dma_heap_get_name");

	heaps = vzalloc(array_size(HEAPS_MAX, sizeof(*heaps)));
	if (!heaps)
		return -ENOMEM;
	if (address) {
		static_call_update(get_name, (const char *(*)(struct dma_heap *))address);
		names_available = true;
	}
	return 0;
}

void heaps_exit(void)
{
	vfree(heaps);
}

/* The account of what found no place of its own. */
struct heap *heap_other(void)
{
	return &heaps[HEAPS_MAX - 1];
}

static struct heap *look_up(const char *name, u32 hash, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (heaps[i].hash == hash && !strcmp(heaps[i].name, name))
			return &heaps[i];
	}
	return NULL;
}

/* How many accounts there are, with all that is in them. */
static unsigned int visible(void)
{
	/* Pairs with the release in account(). */
	return smp_load_acquire(&heaps_count);
}

static struct heap *account(const char *name)
{
	u32 hash = jhash(name, strlen(name), 0);
	struct heap *heap = look_up(name, hash, visible());
	unsigned long flags;

	if (heap)
		return heap;
	raw_spin_lock_irqsave(&heaps_lock, flags);
	heap = look_up(name, hash, heaps_count);
	if (!heap && heaps_count < HEAPS_MAX - 1) {
		heap = &heaps[heaps_count];
		heap->hash = hash;
		strscpy(heap->name, name, sizeof(heap->name));
		/* Pairs with the acquire in visible(). */
		smp_store_release(&heaps_count, heaps_count + 1);
	}
	raw_spin_unlock_irqrestore(&heaps_lock, flags);
	return heap ?: heap_other();
}

/* The account of a heap; from now on, its name is known to be one. */
struct heap *heap_named(const char *name)
{
	struct heap *heap = account(name);

	WRITE_ONCE(heap->used, true);
	return heap;
}

/* The account of an exporter, which may turn out to be a heap. */
struct heap *exporter_named(const char *name)
{
	return account(name);
}

/* The account of this name, or NULL. */
struct heap *heap_known(const char *name)
{
	return look_up(name, jhash(name, strlen(name), 0), visible());
}

/* For going through all accounts: NULL after the last. */
struct heap *heap_numbered(unsigned int number)
{
	unsigned int count = visible();

	if (number < count)
		return &heaps[number];
	return number == count ? heap_other() : NULL;
}

bool heap_is_other(const struct heap *heap)
{
	return heap == heap_other();
}

bool heap_names_available(void)
{
	return names_available;
}

/* The account of a heap that was seen with its name. */
static struct heap *seen(const void *dma_heap)
{
	unsigned int i, count = visible();

	for (i = 0; i < count; i++) {
		if (READ_ONCE(heaps[i].dma_heap) == dma_heap)
			return &heaps[i];
	}
	return NULL;
}

/**
 * heap_of - the account of a heap of the kernel's
 * @dma_heap: must be one, and be referenced by whoever called what was probed
 *
 * Returns: NULL when the kernel does not tell names, and this one's is not known otherwise.
 */
struct heap *heap_of(struct dma_heap *dma_heap)
{
	char name[NAME_SIZE];

	if (IS_ERR_OR_NULL(dma_heap))
		return NULL;
	if (!names_available)
		return seen(dma_heap);
	if (!text_peek_pointer(dma_heap))
		return NULL;
	if (!text_peek(name, static_call(get_name)(dma_heap), sizeof(name)))
		return NULL;
	return heap_named(name);
}

void heap_opened(struct heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.opens++;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

void heap_closed(struct heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.closes++;
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
	if (!allocation->seen) {
		counts->unseen++;
		return;
	}
	counts->live++;
	counts->live_bytes += allocation->size;
	counts->peak = max(counts->peak, counts->live);
	counts->peak_bytes = max(counts->peak_bytes, counts->live_bytes);
}

void heap_allocated(struct heap *heap, const struct allocation *allocation)
{
	lockdep_assert_held(&counts_lock);
	if (allocation->error)
		count_error(&heap->counts, allocation);
	else
		count_success(&heap->counts, allocation);
}

/* Only for a buffer that heap_allocated() has counted as seen. */
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

void heap_undone(struct heap *heap)
{
	lockdep_assert_held(&counts_lock);
	heap->counts.undone++;
}

/* What exists goes on to exist: it is carried over as "kept". */
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

/* All figures of one moment. */
void heap_copy(struct heap *heap, struct counts *counts)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	*counts = heap->counts;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}
