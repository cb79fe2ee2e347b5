/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the call sites that allocate from a CMA region, in the text of a trace or in the records of
 * page_owner.
 *
 * The text of a trace comes from the file trace_pipe in tracefs. The tracepoints of
 * include/trace/events/cma.h and the trace options "stacktrace" and "sym-offset" must be enabled.
 * The kernel writes an event as a line, and its stack as further lines
 * (kernel/trace/trace_output.c):
 *
 *         modprobe-92      [000] .....    12.000151: cma_alloc_finish: name=reserved pfn=0x1c000
 * ... modprobe-92      [000] .....    12.000153: <stack trace>
 *      => __cma_alloc+0x1f4/0x2c0
 *
 * Between an event and its stack, the text can contain events of other CPUs. The line of an event
 * and the line before a stack begin with the name of a process. A process can set its name to any
 * 15 bytes, including newlines, so a name can look like the start of another line.
 *
 * In the file page_owner in debugfs (mm/page_owner.c), a record describes an allocation of 2^order
 * pages and its owner:
 *
 * Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 92, tgid 92 (modprobe), ts 12000151 ns
 * PFN 0x1c000 type Unmovable Block 224 type CMA Flags 0x100000000000000(node=0|zone=1)
 *  __cma_alloc+0x1f4/0x2c0
 */
#ifndef DH_MODEL_CMA_TRACE_H
#define DH_MODEL_CMA_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/maybe.h"

/* Allocations of one call site in one process. */
struct dh_cma_caller {
	/*
	 * "function+0x1c": the first function on the stack that does not belong to the allocator.
	 * NULL: unknown. DH_CMA_OTHER: sum of the call sites that exceed DH_CMA_CALLERS_MAX.
	 */
	char *caller;
	char *module; /* NULL: the function is built into the kernel, or unknown */
	struct dh_maybe pid;
	char *process; /* NULL if unknown */
	/* The next four members are unknown without a trace. */
	struct dh_maybe allocations; /* successful allocations */
	struct dh_maybe failures;    /* failed allocations */
	struct dh_maybe releases;    /* releases of memory that the call site allocated */
	struct dh_maybe bytes;	     /* total size of the allocations */
	/* Bytes of the allocations that were not released; unknown if the trace lost events */
	struct dh_maybe held;
};

#define DH_CMA_OTHER	   "(other)"
#define DH_CMA_CALLERS_MAX 4096

/* Memory that was allocated during the trace and not yet released. */
struct dh_cma_block {
	uint64_t pfn, pages;
	size_t caller; /* index in `callers` */
};

/* An allocation whose stack has not been read completely. */
struct dh_cma_pending {
	unsigned int cpu;
	struct dh_cma_caller caller;
	uint64_t pfn, pages; /* `pages` is 0 for a failed allocation */
};

/* Before the first call, set `region` and `page_size`, and zero the other members. */
struct dh_cma_trace {
	const char *region; /* name of the region; not owned */
	uint64_t page_size; /* bytes */
	struct dh_cma_caller *callers;
	size_t n_callers;
	struct dh_maybe elapsed; /* nanoseconds; not set by the functions below */
	/* Bytes of pages that the kernel uses for movable memory; unknown without page_owner */
	struct dh_maybe movable;
	/* The members below are unknown until dh_cma_trace_end(). */
	struct dh_maybe lost; /* events and stacks that the kernel discarded */
	/* Bytes allocated before the trace and released during it; unknown if events were lost */
	struct dh_maybe older;
	/* Private to the functions below: */
	bool lost_uncounted;
	struct dh_cma_block *blocks;
	size_t n_blocks;
	struct dh_cma_pending *pending;
	size_t n_pending;
	size_t open; /* 1 plus the index in `pending` of the allocation whose stack is read, or 0 */
};

/*
 * Adds a line of `length` bytes, without the newline. Ignores events of other regions, and lines of
 * other kinds. Returns 0 or -ENOMEM.
 */
int dh_cma_trace_add(struct dh_cma_trace *trace, const char *line, size_t length);

/* Returns true if any caller has a known PID, but an unknown process name. */
bool dh_cma_trace_unnamed(const struct dh_cma_trace *trace);

/*
 * Parses "PID NAME", a line of saved_cmdlines in tracefs, and sets the process name of each caller
 * with this PID, unless the name is already known. The trace lacks the name of a process that has
 * run without a context switch since the event. Returns 0 or -ENOMEM.
 */
int dh_cma_trace_add_name(struct dh_cma_trace *trace, const char *line, size_t length);

/*
 * Counts the allocations whose stack is missing. Marks `lost` as known if the kernel counted all
 * lost events. Marks `older` and the callers' `held` as known if no events were lost. Sorts the
 * callers by held bytes, then by allocated bytes, largest first. Call this function after the last
 * line. Returns 0 or -ENOMEM.
 */
int dh_cma_trace_end(struct dh_cma_trace *trace);

/*
 * Adds the pages of `record`, a record of page_owner whose first page is in the region. Ignores
 * other text. Returns 0 or -ENOMEM.
 */
int dh_cma_trace_add_page(struct dh_cma_trace *trace, const char *record);

/*
 * Marks `movable` as known, and sorts the callers as dh_cma_trace_end() does. Call this function
 * after the last record.
 */
void dh_cma_trace_end_pages(struct dh_cma_trace *trace);

void dh_cma_trace_clear(struct dh_cma_trace *trace);

#define dh_auto_cma_trace dh_cma_trace_clear

#endif
