/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dmaheap_sim - DMA-BUF heaps without hardware
 *
 *   params.c   the parameter "heaps" becomes a list of struct sim_heap
 *   symbols.c  kernel functions that may not be exported
 *   memory.c   pages: a heap's budget, and the carve-out's map
 *   buffer.c   one dma-buf exporter for all kinds
 *   heaps.c    the list of heaps: registration, allocation, removal
 *   debugfs.c  what is in use, readable; and changes while it runs
 *   main.c     load and unload
 */
#ifndef DMAHEAP_SIM_H
#define DMAHEAP_SIM_H

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

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
	struct kref references; /* that of being registered, and one of each buffer */
	struct list_head node; /* under sim_heaps_lock */

	/* Constant */
	char name[SIM_NAME_MAX + 1];
	const struct sim_kind *kind;
	unsigned long limit; /* pages */
	struct sim_faults faults;
	struct page *carveout; /* the first page, for a carved kind */
	struct dma_heap *dma_heap; /* for removal; no pointer to follow */

	bool removed; /* no further request is served; its buffers live on */
	wait_queue_head_t removal; /* of those who shall hear of it */

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
int sim_find_symbols(void);
void sim_put_symbols(void);
struct dma_heap *sim_dma_heap_add(const struct dma_heap_export_info *info);
bool sim_can_remove(void);
void sim_dma_heap_remove(struct dma_heap *dma_heap);
void *sim_dma_heap_get_drvdata(struct dma_heap *dma_heap);
struct page *sim_alloc_contig_pages(unsigned long count, gfp_t gfp, int node);

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

/* heaps.c */
extern struct list_head sim_heaps; /* also removed ones that have buffers */
extern struct mutex sim_heaps_lock; /* protects the list; the heaps' own locks nest in it */
int sim_heaps_add(const char *text, unsigned int *added);
int sim_heap_remove(const char *name);
void sim_heaps_remove_all(void);
void sim_heap_put(struct sim_heap *heap);

/* debugfs.c */
void sim_debugfs_create(void);
void sim_debugfs_remove(void);

#endif /* DMAHEAP_SIM_H */
