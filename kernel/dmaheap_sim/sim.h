/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dmaheap_sim - DMA-BUF heaps without hardware
 *
 * - params.c parses the parameter "heaps" into a list of struct sim_heap.
 * - symbols.c looks up kernel functions that may not be exported.
 * - memory.c allocates and frees pages, within the limit of a heap or in its carve-out.
 * - buffer.c exports buffers as dma-bufs.
 * - heaps.c registers heaps, allocates from them and removes them.
 * - debugfs.c shows heaps and buffers, and adds and removes heaps at run time.
 * - main.c initializes the module and cleans up on unload.
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

/* Maximum length of a heap name in bytes, without the terminating NUL. */
#define SIM_NAME_MAX 63
/* Maximum number of simulated heaps: the kernel has 128 minor numbers for all heaps together. */
#define SIM_HEAPS_MAX 128

/**
 * struct sim_kind - kind of heap
 * @name: name of the kind in the parameter "heaps"
 * @fault: name of the fault after "faulty:", or NULL
 * @ops: dma-buf operations, which determine whether the CPU can access the buffers
 * @carved: the memory of the heap is allocated when the heap is added, and each buffer is a
 *	contiguous part of it
 * @scrubbed: the memory of a buffer is also zeroed when the buffer is freed
 * @fails: all requests fail by default
 * @delay_ms: default delay of requests in milliseconds
 * @dirty: buffers are not zeroed completely
 * @oversized: each buffer is a page larger than requested
 * @readonly: descriptors are read-only, regardless of the requested access mode
 * @leaks_fd: each successful request also installs a second descriptor of the buffer
 * @wrong_errno: a request that would fail with ENOMEM fails with EIO instead
 */
struct sim_kind {
	const char *name;
	const char *fault;
	const struct dma_buf_ops *ops;
	bool carved;
	bool scrubbed;
	bool fails;
	unsigned int delay_ms;
	bool dirty;
	bool oversized;
	bool readonly;
	bool leaks_fd;
	bool wrong_errno;
};

/**
 * struct sim_faults - failures and delays to inject
 * @after: number of initial requests without an injected error
 * @every: N, to inject an error into every Nth of the later requests; 0 for no errors
 * @error: positive errno to inject
 * @delay_ms: delay of each request in milliseconds
 */
struct sim_faults {
	unsigned long after;
	unsigned long every;
	int error;
	unsigned int delay_ms;
};

/**
 * struct sim_heap - a simulated heap
 * @references: reference count: one reference until the heap is removed, and one for each
 *	buffer
 * @node: entry in sim_heaps, protected by sim_heaps_lock
 * @name: name of the heap and of its device node
 * @kind: kind of heap
 * @limit: maximum total size of all buffers, in pages
 * @faults: failures and delays to inject
 * @carveout: first page of the carve-out, or NULL
 * @dma_heap: the heap's struct dma_heap, needed only to remove the heap
 * @removed: the heap is removed: requests fail, buffers stay valid; set with WRITE_ONCE()
 * @removal: wait queue of delayed requests, woken when @removed is set
 * @lock: protects the fields from @map on
 * @map: bitmap of the carve-out, with one bit for each page, set if the page is in use
 * @used: total size of all buffers, in pages
 * @peak: highest value of @used
 * @buffers: list of the buffers
 * @live: number of buffers
 * @requests: number of requests, including failed ones
 * @allocated: number of buffers allocated
 * @failed: number of failed requests
 * @freed: number of buffers freed
 *
 * The fields from @name to @dma_heap do not change after registration.
 */
struct sim_heap {
	struct kref references;
	struct list_head node;

	char name[SIM_NAME_MAX + 1];
	const struct sim_kind *kind;
	unsigned long limit;
	struct sim_faults faults;
	struct page *carveout;
	struct dma_heap *dma_heap;

	bool removed;
	wait_queue_head_t removal;

	struct mutex lock; /* can be taken with sim_heaps_lock held */
	unsigned long *map;
	unsigned long used;
	unsigned long peak;
	struct list_head buffers;
	unsigned long live;
	unsigned long requests;
	unsigned long allocated;
	unsigned long failed;
	unsigned long freed;
};

/**
 * struct sim_buffer - memory of one dma-buf
 * @heap: heap that allocated the buffer; the buffer holds a reference to it
 * @node: entry in heap->buffers, protected by heap->lock
 * @size: size in bytes
 * @count: number of pages
 * @pages: array of @count pages
 * @table: scatter list of the pages; attachments copy it and map the copy
 * @lock: protects the fields from @attachments on
 * @attachments: list of &struct sim_attachment
 * @attached: number of attachments
 * @mapped: number of mapped attachments
 * @vmapped: number of users of @vaddr
 * @vaddr: address of the kernel mapping, NULL if @vmapped is 0
 */
struct sim_buffer {
	struct sim_heap *heap;
	struct list_head node;
	size_t size;
	unsigned long count;
	struct page **pages;
	struct sg_table table;

	struct mutex lock; /* can be taken with the dma_resv lock held */
	struct list_head attachments;
	unsigned int attached;
	unsigned int mapped;
	unsigned int vmapped;
	void *vaddr;
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
extern const struct dma_buf_ops sim_unsynced_ops;
struct dma_buf *sim_buffer_export(struct sim_heap *heap, size_t size, unsigned int fd_flags);

/* heaps.c */
extern struct list_head sim_heaps; /* includes removed heaps that still have buffers */
extern struct mutex sim_heaps_lock; /* protects the list */
int sim_heaps_add(const char *text, unsigned int *added);
int sim_heap_remove(const char *name);
void sim_heaps_remove_all(void);
void sim_heap_put(struct sim_heap *heap);

/* debugfs.c */
void sim_debugfs_create(void);
void sim_debugfs_remove(void);

#endif /* DMAHEAP_SIM_H */
