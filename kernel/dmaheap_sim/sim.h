/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dmaheap_sim - DMA-BUF heaps without hardware
 *
 *   params.c   the parameter "heaps" becomes a list of struct sim_heap
 *   symbols.c  kernel functions that may not be exported
 *   memory.c   pages: a heap's budget, and the carve-out's map
 *   buffer.c   one dma-buf exporter for all kinds
 *   debugfs.c  what is in use, readable
 *   main.c     joins them: load, registration, unload
 */
#ifndef DMAHEAP_SIM_H
#define DMAHEAP_SIM_H

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/types.h>

/* The longest name of a heap, without the terminating NUL */
#define SIM_NAME_MAX 63
/* The kernel has 128 minors for all heaps of the machine. */
#define SIM_HEAPS_MAX 32

/**
 * struct sim_kind - what distinguishes one kind of heap from another
 * @name: the word for it in the parameter
 * @ops: the dma-buf operations, which decide about access by the CPU
 * @carved: memory is taken at load, and buffers are contiguous pieces of it
 * @scrubbed: memory is zeroed when a buffer is freed, not only when allocated
 * @fails: fails by default
 * @delay_ms: delay by default
 */
struct sim_kind {
	const char *name;
	const struct dma_buf_ops *ops;
	bool carved;
	bool scrubbed;
	bool fails;
	unsigned int delay_ms;
};

/**
 * struct sim_faults - what goes wrong on purpose
 * @after: the first so many requests are spared
 * @every: after those, every so manieth fails; 0: none
 * @error: with this errno, a positive number
 * @delay_ms: and before any answer, so long a wait
 */
struct sim_faults {
	unsigned long after;
	unsigned long every;
	int error;
	unsigned int delay_ms;
};

struct sim_heap {
	/* Constant while the heap is registered */
	struct list_head node;
	char name[SIM_NAME_MAX + 1];
	const struct sim_kind *kind;
	unsigned long limit; /* pages */
	struct sim_faults faults;
	struct page *carveout; /* the first page, for a carved kind */

	struct dma_heap *dma_heap; /* set under sim_heaps_lock; NULL: not registered */

	struct mutex lock; /* protects what follows */
	unsigned long *map; /* of the carve-out's pages in use */
	unsigned long used; /* pages */
	unsigned long peak;
	struct list_head buffers;
	unsigned long live;
	unsigned long requests;
	unsigned long allocated;
	unsigned long refused;
	unsigned long freed;
};

/**
 * struct sim_buffer - the memory behind one dma-buf
 */
struct sim_buffer {
	struct sim_heap *heap;
	struct list_head node; /* in heap->buffers, under heap->lock */
	size_t size;
	unsigned long count; /* pages */
	struct page **pages;
	struct sg_table table; /* unmapped; each attachment has its copy */

	struct mutex lock; /* protects what follows; nests in the dma_resv's */
	struct list_head attachments;
	unsigned int attached;
	unsigned int mapped;
	unsigned int vmapped;
	void *vaddr; /* while vmapped is not 0 */
};

/* params.c */
int sim_parse_heaps(const char *text, struct list_head *heaps);
void sim_free_heaps(struct list_head *heaps);

/* symbols.c */
struct sim_symbols {
	struct dma_heap *(*dma_heap_add)(const struct dma_heap_export_info *info);
	/* NULL where the kernel cannot remove heaps */
	void (*dma_heap_remove)(struct dma_heap *heap);
	/* alloc_contig_pages(); NULL where there is none: 4 MiB, then, is the most at once */
	struct page *(*contig_pages)(unsigned long count, gfp_t gfp, int node, nodemask_t *mask);
};

extern struct sim_symbols sim_symbols;
int sim_find_symbols(bool contiguous);
void sim_put_symbols(void);

/* memory.c */
int sim_carveout_create(struct sim_heap *heap);
void sim_carveout_destroy(struct sim_heap *heap);
int sim_pages_get(struct sim_heap *heap, struct page **pages, unsigned long count);
void sim_pages_put(struct sim_heap *heap, struct page **pages, unsigned long count);
unsigned long sim_largest_free(struct sim_heap *heap);

/* buffer.c */
extern const struct dma_buf_ops sim_mappable_ops;
extern const struct dma_buf_ops sim_protected_ops;
struct dma_buf *sim_buffer_export(struct sim_heap *heap, size_t size, unsigned int fd_flags);

/* debugfs.c */
void sim_debugfs_create(struct list_head *heaps);
void sim_debugfs_remove(void);

#endif /* DMAHEAP_SIM_H */
