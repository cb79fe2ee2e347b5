/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations that the source files of dmaheap_debug share. */
#ifndef DMAHEAP_DEBUG_DEBUG_H
#define DMAHEAP_DEBUG_DEBUG_H

#include <linux/cache.h>
#include <linux/cdev.h>
#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "compat.h"
#include "dmaheap_debug.h"
#include "symbols.h"

struct dma_heap;

#define NAME_SIZE (DMAHEAP_DEBUG_NAME_MAX + 1)

/*
 * accounts.c: keeps one account for each name of a heap, of another exporter, or of a heap that
 * kernel code did not find.
 */

/* Number of errno values that one account counts separately. */
#define ERRNO_SLOTS 12
/* Number of slots of the latency histogram. */
#define LATENCY_SLOTS 40
/* Value of a figure that is unknown for one account. */
#define FIGURE_UNKNOWN U64_MAX

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
 * @finds: in-kernel references taken by name or with dma_heap_get()
 * @puts: in-kernel references dropped while @refs was not 0
 * @old_puts: in-kernel references dropped while @refs was 0: the matching finds were not
 *	counted, for example because they happened before the module was loaded
 * @refs: outstanding in-kernel references
 * @kept_refs: value of @refs at the last reset
 * @opens: successful opens of the device node
 * @open_files: open files of the device node; set only to print the counts
 * @allocs: successful allocations by ioctl
 * @alloc_bytes: total size in bytes (dma_buf.size) of the buffers counted in @allocs
 * @alloc_fails: failed allocations by ioctl
 * @kallocs: successful allocations by kernel code
 * @kalloc_bytes: total size in bytes (dma_buf.size) of the buffers counted in @kallocs
 * @kalloc_fails: failed allocations by kernel code
 * @frees: tracked buffers that were freed, except those counted in @undone
 * @free_bytes: total size in bytes of the buffers counted in @frees
 * @live: tracked buffers that are not freed yet
 * @live_bytes: total size in bytes of the buffers counted in @live
 * @peak: highest value of @live since the last reset
 * @peak_bytes: highest value of @live_bytes since the last reset
 * @kept: value of @live at the last reset
 * @kept_bytes: value of @live_bytes at the last reset
 * @older: freed buffers that were not tracked, usually because they were allocated before
 *	the module was loaded
 * @older_bytes: total size in bytes of the buffers counted in @older
 * @undone: buffers that an allocation exported but did not return
 * @misses: finds by kernel code that failed
 * @unseen: successful allocations whose buffer is not tracked, so @live does not include it
 * @errno_rest: allocation failures with an errno that does not fit into @errnos
 * @errnos: failed allocations by ioctl and by kernel code, for each errno
 * @latency: successful allocations, by duration: slot n counts allocations of at least 2^n
 *	and less than 2^(n+1) ns. Slot 0 also counts allocations of 0 ns, and the last slot
 *	also counts all longer allocations.
 */
struct counts {
	u64 finds, puts, old_puts, refs, kept_refs;
	u64 opens, open_files;
	u64 allocs, alloc_bytes, alloc_fails;
	u64 kallocs, kalloc_bytes, kalloc_fails;
	u64 frees, free_bytes;
	u64 live, live_bytes, peak, peak_bytes, kept, kept_bytes;
	u64 older, older_bytes;
	u64 undone, unseen, misses;
	u64 errno_rest;
	struct errno_count errnos[ERRNO_SLOTS];
	u64 latency[LATENCY_SLOTS];
};

/**
 * struct heap - account of one name; freed when the module is unloaded
 * @hash: hash of @name
 * @is_heap: true if a probe saw a heap with this name, false if probes saw only an exporter or
 *	failed finds
 * @node_seen: @cdev was set
 * @name: the name, not escaped
 * @dma_heap: last known address of the struct dma_heap, or NULL; compared, never
 *	dereferenced
 * @cdev: cdev of the device node that was opened or used last, or NULL if it is freed or unknown.
 *	Cleared with counts_lock held before the cdev is freed.
 * @counts: counts of the account, protected by counts_lock
 */
struct heap {
	u32 hash;
	bool is_heap;
	bool node_seen;
	char name[NAME_SIZE];
	const void *dma_heap;
	const struct cdev *cdev;
	struct counts counts;
};

/**
 * struct allocation - result of an allocation
 * @kernel: true for an allocation by kernel code, false for an allocation by ioctl
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
 * Protects the counts of all accounts, the table of live buffers and @released of operations,
 * because they change together. This is a raw spinlock, because probe handlers take it.
 */
extern raw_spinlock_t counts_lock;

int accounts_init(void);
void accounts_exit(void);
struct heap *heap_by_name(const char *name);
struct heap *account_by_name(const char *name);
struct heap *heap_lookup(const char *name);
struct heap *heap_by_index(unsigned int number);
struct heap *heap_by_pointer(const void *dma_heap);
struct heap *heap_other(void);

/* The functions from heap_opened() to heap_copy() take counts_lock. */
void heap_opened(struct heap *heap);
void heap_missed(const char *name);
void heap_found(struct heap *heap);
void heap_put(struct heap *heap);
void heap_freed_older(struct heap *heap, u64 size);
void heap_reset(struct heap *heap);
void heap_copy(struct heap *heap, struct counts *counts);

/* The callers of the functions from heap_allocated() to heap_undone_freed() hold counts_lock. */
void heap_allocated(struct heap *heap, const struct allocation *allocation);
void heap_freed(struct heap *heap, u64 size);
void heap_buffer_undone(struct heap *heap, u64 size);
void heap_undone_freed(struct heap *heap, u64 size);

/* nodes.c: finds the account of a struct dma_heap or of a node, and counts open files. */
int nodes_init(void);
void nodes_exit(void);
bool text_peek(char *to, const char *from, size_t size);
bool text_peek_pointer(const void *from);
struct heap *heap_of_dma_heap(struct dma_heap *dma_heap);
bool heaps_permanent(void);
struct heap *node_known(const struct inode *inode);
struct heap *node_heap(const struct file *file);
u64 heap_open_files(struct heap *heap);
void node_released(const struct cdev *cdev);

/*
 * operations.c: tracks live buffers, and operations (allocations in progress). The probe handlers
 * use operations to attribute exports and releases of buffers to allocations.
 */

/**
 * struct operation - an allocation in progress
 * @task: task that allocates, or NULL if the slot is free. The slot holds a
 *	reference to the task, so no other task can get the same address, even if an
 *	oops kills the task.
 * @heap: account of the heap; set by the caller of operation_start()
 * @start: time of the call, from ktime_get_mono_fast_ns()
 * @dmabuf: buffer that the allocation exported last, or NULL; compared, never
 *	dereferenced
 * @released: @dmabuf was freed before the allocation returned, for example because
 *	another thread closed the new descriptor; protected by counts_lock unless @dmabuf is
 *	NULL
 * @allocation: result so far; its size is the size of @dmabuf
 *
 * An operation is not stored in the data of a kretprobe instance, because the kernel recycles
 * the instance without notice if the task dies inside the call.
 */
struct operation {
	struct task_struct *task;
	struct heap *heap;
	u64 start;
	const struct dma_buf *dmabuf;
	bool released;
	struct allocation allocation;
} ____cacheline_aligned;

struct operation *operation_of_task(void);
struct operation *operation_start(struct kretprobe_instance *instance, bool kernel);
void operation_exported(struct operation *operation, const struct dma_buf *dmabuf);
struct heap *operation_end(struct operation *operation, int error);
int operations_init(unsigned int buffers_max);
void operations_exit(void);
bool buffer_forget(const struct dma_buf *dmabuf);

/*
 * callsites.c: counts the calls at each call site, a place in kernel code that finds a heap,
 * allocates from it or puts it. Also recognizes calls that the kernel makes to probed functions for
 * its own purposes, so that they are not attributed to drivers.
 */

enum callsite_figure {
	CALLSITE_FINDS,
	CALLSITE_PUTS,
	CALLSITE_KALLOCS,
	CALLSITE_FIGURES,
};

/* Probed functions that the kernel also calls for its own purposes: see kernel_callers. */
enum callee { CALLEE_HEAP_PUT, CALLEE_HEAP_ALLOC };

int callsites_init(void);
void callsites_exit(void);
void callsite_count(struct heap *heap, unsigned long address, enum callsite_figure figure);
void callsites_forget_module(struct module *module, bool init);
void callsites_reset(const struct heap *heap);
void callsites_show(struct seq_file *file);
void kernel_callers_look_up(struct symbol *symbol);
bool kernel_callers_found(enum callee callee);
bool called_by_kernel(enum callee callee, unsigned long address);

/* calls.c: handlers of the probes. */

/**
 * struct call - data that an entry handler passes to the return handler of the same call
 * @operation: allocation that the call performs or is part of
 * @file: file that is being opened
 * @name: requested name; the caller keeps it valid until the find returns
 */
struct call {
	union {
		struct operation *operation;
		const struct file *file;
		const char *name;
	};
};

int ioctl_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int ioctl_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int kalloc_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int kalloc_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int kalloc_fd_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int export_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int export_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int release_entry(struct kprobe *probe, struct pt_regs *regs);
int file_release_entry(struct kprobe *probe, struct pt_regs *regs);
int open_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int open_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int cdev_release_entry(struct kprobe *probe, struct pt_regs *regs);
int find_entry(struct kretprobe_instance *instance, struct pt_regs *regs);
int find_return(struct kretprobe_instance *instance, struct pt_regs *regs);
int get_entry(struct kprobe *probe, struct pt_regs *regs);
int put_entry(struct kprobe *probe, struct pt_regs *regs);

/*
 * attach.c: attaches the handlers to kernel functions, and reports which figures are counted and
 * how many calls were missed.
 */

/* Groups of figures. The figures of a group are all counted, or all absent. */
enum figure {
	FIGURE_FINDS,
	FIGURE_PUTS,
	FIGURE_REFS,
	FIGURE_OPENS,
	FIGURE_FILES,
	FIGURE_ALLOCS,
	FIGURE_BYTES,
	FIGURE_KALLOCS,
	FIGURE_KALLOC_BYTES,
	FIGURE_LIVE,
	FIGURE_FREES,
};

int probes_init(int maxactive);
void probes_exit(void);
bool figure_is_counted(enum figure figure);
u64 probes_missed(void);
bool probes_blind(void);
bool probes_caller_known(unsigned long caller);
void probes_count_missed(struct kprobe *kprobe);
void probes_reset(void);
void probes_show(struct seq_file *file);

/*
 * files.c: creates the debugfs files, prints "version" and "stats", resets the counts, and loads
 * and unloads the module.
 */
void text_put_name(struct seq_file *file, const char *key, const char *name);
void text_put_figure(struct seq_file *file, const char *key, u64 value, bool counted);

#endif
