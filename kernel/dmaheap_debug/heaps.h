/* SPDX-License-Identifier: GPL-2.0-only */
/* Accounts: one for each name of a heap or of another exporter. */
#ifndef DMAHEAP_DEBUG_HEAPS_H
#define DMAHEAP_DEBUG_HEAPS_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "text.h"

/* Number of errno values that one account counts separately. */
#define ERRNO_SLOTS 12
/* Number of slots of the latency histogram. */
#define LATENCY_SLOTS 40

struct dma_heap;

/**
 * struct errno_count - number of allocation failures with one errno
 * @number: positive errno, or 0 if the slot is free
 * @count: number of failures
 */
struct errno_count {
	int number;
	u64 count;
};

/**
 * struct counts - counts of one account
 * @finds: in-kernel references taken by name
 * @puts: in-kernel references dropped while @refs was not 0
 * @old_puts: in-kernel references dropped while @refs was 0: their find was not counted,
 *	for example because it is older than the module
 * @refs: outstanding in-kernel references
 * @kept_refs: value of @refs at the last reset
 * @opens: successful opens of the device node
 * @closes: closes of the device node since a probe first saw an open or allocation of the
 *	heap, including closes of files that were opened before the module was loaded
 * @allocs: successful allocations by ioctl
 * @alloc_bytes: total size of the buffers of @allocs in bytes (dma_buf.size)
 * @alloc_fails: failed allocations by ioctl
 * @kallocs: successful allocations by kernel code
 * @kalloc_bytes: total size of the buffers of @kallocs in bytes (dma_buf.size)
 * @kalloc_fails: failed allocations by kernel code
 * @frees: freed buffers that were tracked
 * @free_bytes: total size of the buffers of @frees in bytes
 * @live: tracked buffers that are not freed yet
 * @live_bytes: total size of the buffers of @live in bytes
 * @peak: highest value of @live since the last reset
 * @peak_bytes: highest value of @live_bytes since the last reset
 * @kept: value of @live at the last reset
 * @kept_bytes: value of @live_bytes at the last reset
 * @older: freed buffers that were not tracked, usually because they are older than the
 *	module
 * @older_bytes: total size of the buffers of @older in bytes
 * @undone: buffers that an allocation exported but did not return
 * @unseen: successful allocations whose buffer is not tracked and not included in @live
 * @errno_rest: allocation failures with an errno that does not fit into @errnos
 * @errnos: failed allocations by ioctl and by kernel code, for each errno
 * @latency: successful allocations, by duration: slot n counts those that took at least
 *	2^n and less than 2^(n+1) ns. Slot 0 also counts those that took 0 ns, and the last
 *	slot all longer ones.
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
 * struct heap - account of a heap or of another exporter; freed when the module is
 * unloaded
 * @hash: hash of @name
 * @is_heap: true if a probe saw a heap with this name, false if probes saw only an exporter
 * @name: name of the heap or exporter, not escaped
 * @dma_heap: last known address of the struct dma_heap, or NULL; compared, never
 *	dereferenced
 * @counts: counts of the account, protected by counts_lock
 */
struct heap {
	u32 hash;
	bool is_heap;
	char name[NAME_SIZE];
	const void *dma_heap;
	struct counts counts;
};

/**
 * struct allocation - result of an allocation
 * @kernel: true for an allocation by kernel code, false for one by ioctl
 * @error: 0 or a negative errno
 * @buffer_seen: the buffer is in the table of live buffers, or was freed before the
 *	allocation returned
 * @size: size of the buffer in bytes, 0 if unknown
 * @ns: duration in nanoseconds
 */
struct allocation {
	bool kernel;
	int error;
	bool buffer_seen;
	u64 size;
	u64 ns;
};

/*
 * Protects the counts of all accounts and the table of live buffers, because both change
 * together. Taken in probe handlers.
 */
extern raw_spinlock_t counts_lock;

int heaps_init(void);
void heaps_exit(void);
struct heap *heap_by_name(const char *name);
struct heap *exporter_by_name(const char *name);
struct heap *heap_lookup(const char *name);
struct heap *heap_by_index(unsigned int number);
bool heap_is_other(const struct heap *heap);
struct heap *heap_other(void);

bool heap_names_available(void);
struct heap *heap_of_dma_heap(struct dma_heap *dma_heap);

/* These functions take counts_lock. */
void heap_opened(struct heap *heap);
void heap_closed(struct heap *heap);
void heap_found(struct heap *heap);
void heap_put(struct heap *heap);

/* The caller of these functions holds counts_lock. */
void heap_allocated(struct heap *heap, const struct allocation *allocation);
void heap_freed(struct heap *heap, u64 size);
void heap_buffer_undone(struct heap *heap, u64 size);
void heap_undone_freed(struct heap *heap, u64 size);

/* These functions take counts_lock. */
void heap_freed_older(struct heap *heap, u64 size);
void heap_reset(struct heap *heap);
void heap_copy(struct heap *heap, struct counts *counts);

#endif
