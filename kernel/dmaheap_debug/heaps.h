/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One account for each name that a heap, or an exporter of buffers, has.
 */
#ifndef DMAHEAP_DEBUG_HEAPS_H
#define DMAHEAP_DEBUG_HEAPS_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "text.h"

#define ERRNO_SLOTS 12
#define LATENCY_SLOTS 40

struct dma_heap;

/**
 * struct errno_count - how often allocations failed with one errno
 * @number: positive; 0 in a free slot
 * @count: of failures
 */
struct errno_count {
	int number;
	u64 count;
};

/**
 * struct counts - the figures of one account, all of one moment
 * @finds: references got by name
 * @puts: references given back that were got since the module came
 * @old_puts: references given back beyond those
 * @refs: outstanding
 * @kept_refs: of @refs when the figures were reset
 * @opens: of the device
 * @closes: of the device, also of files opened before the module came
 * @allocs: by ioctl, successful
 * @alloc_bytes: in those, after rounding
 * @alloc_fails: by ioctl, refused
 * @kallocs: by kernel code, successful
 * @kalloc_bytes: in those
 * @kalloc_fails: by kernel code, refused
 * @frees: of buffers that were counted when allocated
 * @free_bytes: in those
 * @live: buffers allocated and not freed yet
 * @live_bytes: in those
 * @peak: most that were live together
 * @peak_bytes: most bytes that were
 * @kept: of @live when the figures were reset
 * @kept_bytes: in those
 * @older: buffers freed whose allocation nobody counted
 * @older_bytes: in those
 * @undone: buffers made for an allocation that then failed, and freed again
 * @unseen: allocations whose buffer was not seen: missing in @live
 * @errno_rest: failures with an errno beyond those in @errnos
 * @errnos: failures of both kinds
 * @latency: successes that took 2^n to 2^(n+1) nanoseconds
 */
struct counts {
	u64 finds, puts, old_puts, refs, kept_refs;
	u64 opens, closes;
	u64 allocs, alloc_bytes, alloc_fails;
	u64 kallocs, kalloc_bytes, kalloc_fails;
	u64 frees, free_bytes;
	u64 live, live_bytes, peak, peak_bytes, kept, kept_bytes;
	u64 older, older_bytes;
	u64 undone, unseen;
	u64 errno_rest;
	struct errno_count errnos[ERRNO_SLOTS];
	u64 latency[LATENCY_SLOTS];
};

/**
 * struct heap - an account; lives until the module goes
 * @hash: of @name
 * @used: as a heap, not only as an exporter's name
 * @name: not escaped
 * @dma_heap: that had this name when it was last opened or found; only compared
 * @counts: the figures; counts_lock protects them
 */
struct heap {
	u32 hash;
	bool used;
	char name[NAME_SIZE];
	const void *dma_heap;
	struct counts counts;
};

/**
 * struct allocation - how a call that allocates ended
 * @kernel: called by kernel code, not through the device
 * @error: 0, or a negative errno
 * @seen: the buffer is known
 * @size: of the buffer
 * @ns: how long it took
 */
struct allocation {
	bool kernel;
	int error;
	bool seen;
	u64 size;
	u64 ns;
};

/*
 * Protects the figures of all heaps, and what is known of buffers, since these change
 * together. Taken in probes.
 */
extern raw_spinlock_t counts_lock;

int heaps_init(void);
void heaps_exit(void);
struct heap *heap_named(const char *name);
struct heap *exporter_named(const char *name);
struct heap *heap_known(const char *name);
struct heap *heap_numbered(unsigned int number);
bool heap_is_other(const struct heap *heap);
struct heap *heap_other(void);

bool heap_names_available(void);
struct heap *heap_of(struct dma_heap *dma_heap);

void heap_opened(struct heap *heap);
void heap_closed(struct heap *heap);
void heap_found(struct heap *heap);
void heap_put(struct heap *heap);
/* These with counts_lock held. */
void heap_allocated(struct heap *heap, const struct allocation *allocation);
void heap_freed(struct heap *heap, u64 size);
void heap_undone(struct heap *heap);

void heap_freed_older(struct heap *heap, u64 size);
void heap_reset(struct heap *heap);
void heap_copy(struct heap *heap, struct counts *counts);

#endif
