// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/cma-trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"

/* The kernel pads the name of a process to this number of bytes ("%16s"). */
#define PROCESS_WIDTH 16

/* Longer than any event line and any symbol (KSYM_SYMBOL_LEN). */
#define TEXT_MAX 1024

#define ORDER_MAX 32 /* larger than MAX_PAGE_ORDER on every architecture */

/* The part of a line that precedes an event or a stack. */
struct context {
	char process[PROCESS_WIDTH + 1];
	unsigned int pid, cpu;
	const char *rest;
};

static bool begins(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool is_allocator(const char *symbol)
{
	/* Compare only prefixes: compilers add suffixes such as ".constprop.0". */
	static const char *const prefixes[] = {
		"trace_event_raw_event_cma_",
		"__traceiter_cma_",
		"__cma_alloc",
		"cma_alloc",
		"cma_range_alloc",
		"dma_alloc_",
		"dmam_alloc_",
		"dma_direct_alloc",
		"__dma_direct_alloc",
		"dma_common_alloc_",
		"iommu_dma_alloc",
		"__iommu_dma_alloc",
		/* arch/arm/mm/dma-mapping.c */
		"arm_dma_alloc",
		"__dma_alloc",
		"__alloc_from_contiguous",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (begins(symbol, prefixes[i]))
			return true;
	return false;
}

/*
 * Parses the text before an event or a stack. A process name is too short to contain all of this
 * syntax, so the first match is the end of the name.
 */
static bool parse_context(const char *text, struct context *context)
{
	for (int i = 0; i <= PROCESS_WIDTH && text[i]; i++) {
		int end = 0;

		if (text[i] != '-' ||
		    sscanf(text + i, "-%7u [%5u] %*s %*u.%*u: %n", &context->pid, &context->cpu,
			   &end) != 2 ||
		    !end)
			continue;
		context->rest = text + i + end;
		if (!begins(context->rest, "cma_alloc_finish: ") &&
		    !begins(context->rest, "cma_release: ") &&
		    strcmp(context->rest, "<stack trace>") != 0)
			continue;
		snprintf(context->process, sizeof(context->process), "%.*s", i, text);
		return true;
	}
	return false;
}

/*
 * Parses the fields of both tracepoints, except `name`: "pfn=0x1c000 page=00000000e5d1 count=1".
 * Sets `*pages` to 0 for a failed allocation, whose page is NULL.
 */
static bool parse_pages(const char *text, uint64_t *pfn, uint64_t *pages)
{
	char page[32];

	if (sscanf(text, "pfn=%" SCNx64 " page=%31s count=%" SCNu64, pfn, page, pages) != 3)
		return false;
	if (!page[strspn(page, "0")])
		*pages = 0;
	return true;
}

/* Returns the text after "EVENT: name=REGION ", or NULL for another event or region. */
static const char *find_pages(const struct dh_cma_trace *trace, const char *text, const char *event)
{
	if (!begins(text, event))
		return NULL;
	text += strlen(event);
	if (!begins(text, trace->region) || text[strlen(trace->region)] != ' ')
		return NULL;
	return text + strlen(trace->region) + 1;
}

/* --- Callers and blocks ------------------------------------------------------------- */

/* Sets `*index` to the index of the caller's record, and adds the record if necessary. */
static int find_caller(struct dh_cma_trace *trace, const struct dh_cma_caller *like, size_t *index)
{
	struct dh_cma_caller *caller;

	for (*index = 0; *index < trace->n_callers; ++*index) {
		caller = &trace->callers[*index];
		if (caller->pid.value == like->pid.value &&
		    dh_text_same(caller->caller, like->caller) &&
		    dh_text_same(caller->module, like->module))
			return 0;
	}
	if (*index == DH_CMA_CALLERS_MAX) {
		--*index;
		return 0;
	}
	caller = dh_array_add(&trace->callers, &trace->n_callers);
	if (!caller)
		return -ENOMEM;
	if (trace->n_callers == DH_CMA_CALLERS_MAX)
		return dh_text_copy(&caller->caller, DH_CMA_OTHER);
	caller->pid = like->pid;
	if (dh_text_copy(&caller->caller, like->caller) ||
	    dh_text_copy(&caller->module, like->module) ||
	    dh_text_copy(&caller->process, like->process))
		return -ENOMEM;
	return 0;
}

static int add_block(struct dh_cma_trace *trace, uint64_t pfn, uint64_t pages, size_t caller)
{
	struct dh_cma_block *block = dh_array_add(&trace->blocks, &trace->n_blocks);

	if (!block)
		return -ENOMEM;
	*block = (struct dh_cma_block){ pfn, pages, caller };
	return 0;
}

/*
 * Removes the pages from their blocks. A release can cover only part of a block. Sets `*unknown` to
 * the number of pages that belong to no block. Returns 0 or -ENOMEM.
 */
static int release(struct dh_cma_trace *trace, uint64_t pfn, uint64_t pages, uint64_t *unknown)
{
	const uint64_t end = pfn + pages;

	*unknown = pages;
	for (size_t i = 0; i < trace->n_blocks && *unknown;) {
		struct dh_cma_block *block = &trace->blocks[i];
		struct dh_cma_caller *caller = &trace->callers[block->caller];
		const uint64_t block_end = block->pfn + block->pages;
		const uint64_t from = block->pfn > pfn ? block->pfn : pfn;
		const uint64_t to = block_end < end ? block_end : end;

		if (from >= to) {
			i++;
			continue;
		}
		*unknown -= to - from;
		caller->releases.value++;
		caller->held.value -= (to - from) * trace->page_size;
		block->pages = from - block->pfn;
		if (to < block_end && add_block(trace, to, block_end - to, block->caller))
			return -ENOMEM;
		/* Do not use `block` here: add_block() may have moved the array. */
		if (trace->blocks[i].pages)
			i++;
		else
			trace->blocks[i] = trace->blocks[--trace->n_blocks];
	}
	return 0;
}

/* --- Allocations whose stack follows ------------------------------------------------ */

static void clear_caller(struct dh_cma_caller *caller)
{
	free(caller->caller);
	free(caller->module);
	free(caller->process);
}

static int count_allocation(struct dh_cma_trace *trace, const struct dh_cma_pending *allocation)
{
	const uint64_t bytes = allocation->pages * trace->page_size;
	struct dh_cma_caller *caller;
	uint64_t unknown;
	size_t index;

	if (find_caller(trace, &allocation->caller, &index))
		return -ENOMEM;
	caller = &trace->callers[index];
	caller->allocations.known = caller->failures.known = true;
	caller->releases.known = caller->bytes.known = true;
	if (!allocation->pages) {
		caller->failures.value++;
		return 0;
	}
	caller->allocations.value++;
	caller->bytes.value += bytes;
	caller->held.value += bytes;
	/* If a block still contains these pages, the trace lost their release: release them now. */
	if (release(trace, allocation->pfn, allocation->pages, &unknown))
		return -ENOMEM;
	return add_block(trace, allocation->pfn, allocation->pages, index);
}

/* Counts a pending allocation, and removes it from `pending`. Returns 0 or -ENOMEM. */
static int end_pending(struct dh_cma_trace *trace, size_t i)
{
	int ret = count_allocation(trace, &trace->pending[i]);

	clear_caller(&trace->pending[i].caller);
	trace->pending[i] = trace->pending[--trace->n_pending];
	return ret;
}

/* Returns the index of the pending allocation of this CPU, or n_pending if there is none. */
static size_t find_pending(const struct dh_cma_trace *trace, unsigned int cpu)
{
	size_t i = 0;

	while (i < trace->n_pending && trace->pending[i].cpu != cpu)
		i++;
	return i;
}

/* Counts the pending allocation of a CPU, if there is one: its stack can no longer follow. */
static int end_cpu(struct dh_cma_trace *trace, unsigned int cpu)
{
	size_t i = find_pending(trace, cpu);

	return i < trace->n_pending ? end_pending(trace, i) : 0;
}

/* `name` may begin with padding blanks. The kernel prints "<...>" for an unknown name. */
static int set_process(struct dh_cma_caller *caller, const char *name)
{
	name += strspn(name, " ");
	return dh_text_copy(&caller->process, strcmp(name, "<...>") ? name : NULL);
}

static int add_pending(struct dh_cma_trace *trace, const struct context *context, uint64_t pfn,
		       uint64_t pages)
{
	struct dh_cma_pending *pending = dh_array_add(&trace->pending, &trace->n_pending);

	if (!pending)
		return -ENOMEM;
	pending->cpu = context->cpu;
	pending->pfn = pfn;
	pending->pages = pages;
	pending->caller.pid = dh_known(context->pid);
	return set_process(&pending->caller, context->process);
}

/* --- Lines -------------------------------------------------------------------------- */

static int add_event(struct dh_cma_trace *trace, const struct context *context)
{
	const char *allocated = find_pages(trace, context->rest, "cma_alloc_finish: name=");
	const char *released = find_pages(trace, context->rest, "cma_release: name=");
	uint64_t pfn, pages, unknown;
	int ret = end_cpu(trace, context->cpu);

	if (!ret && allocated && parse_pages(allocated, &pfn, &pages))
		ret = add_pending(trace, context, pfn, pages);
	if (!ret && released && parse_pages(released, &pfn, &pages)) {
		ret = release(trace, pfn, pages, &unknown);
		trace->older.value += unknown * trace->page_size;
	}
	return ret;
}

/* Parses "function+0x1c/0x90 [module]". Keeps the first function outside the allocator. */
static int add_frame(struct dh_cma_caller *caller, const char *text)
{
	char symbol[TEXT_MAX], module[64];
	int n = sscanf(text, "%1023[^/ \n]%*[^ \n] [%63[^] ]", symbol, module);

	if (n < 1 || caller->caller || is_allocator(symbol) || *symbol == '[')
		return 0;
	if (dh_text_copy(&caller->caller, symbol) ||
	    (n > 1 && dh_text_copy(&caller->module, module)))
		return -ENOMEM;
	return 0;
}

/*
 * Parses the line that precedes the next event of a CPU after lost events. `*lost` is unknown if
 * the line does not contain the number of lost events.
 */
static bool parse_loss(const char *text, unsigned int *cpu, struct dh_maybe *lost)
{
	int end = 0;

	*lost = dh_known(0);
	if (sscanf(text, "CPU:%5u [LOST %" SCNu64 " EVENTS]%n", cpu, &lost->value, &end) == 2 &&
	    end)
		return !text[end];
	lost->known = false;
	return sscanf(text, "CPU:%5u [LOST EVENTS]%n", cpu, &end) == 1 && end && !text[end];
}

int dh_cma_trace_add(struct dh_cma_trace *trace, const char *line, size_t length)
{
	char text[TEXT_MAX];
	struct context context;
	struct dh_maybe lost;
	unsigned int cpu;
	bool has_context;
	size_t open;

	snprintf(text, sizeof(text), "%.*s", (int)(length < TEXT_MAX ? length : TEXT_MAX), line);
	/* Look for an event first: a process with the name "\n => x" would look like a frame. */
	has_context = parse_context(text, &context);
	open = trace->open;
	if (!has_context && open && begins(text, " => "))
		return add_frame(&trace->pending[open - 1].caller, text + strlen(" => "));
	trace->open = 0;
	if (open && end_pending(trace, open - 1))
		return -ENOMEM;
	if (has_context && *context.rest != '<')
		return add_event(trace, &context);
	if (has_context) {
		size_t i = find_pending(trace, context.cpu);

		trace->open = i < trace->n_pending ? i + 1 : 0;
		return 0;
	}
	if (!parse_loss(text, &cpu, &lost))
		return 0;
	trace->lost.value += lost.value;
	trace->lost_uncounted = trace->lost_uncounted || !lost.known;
	return end_cpu(trace, cpu);
}

bool dh_cma_trace_unnamed(const struct dh_cma_trace *trace)
{
	for (size_t i = 0; i < trace->n_callers; i++)
		if (trace->callers[i].pid.known && !trace->callers[i].process)
			return true;
	return false;
}

int dh_cma_trace_add_name(struct dh_cma_trace *trace, const char *line, size_t length)
{
	char text[32];
	unsigned int pid;
	int name = 0;

	snprintf(text, sizeof(text), "%.*s", (int)(length < sizeof(text) ? length : sizeof(text)),
		 line);
	if (sscanf(text, "%7u%n", &pid, &name) != 1 || text[name] != ' ')
		return 0;
	for (size_t i = 0; i < trace->n_callers; i++) {
		struct dh_cma_caller *caller = &trace->callers[i];

		if (caller->pid.known && caller->pid.value == pid && !caller->process &&
		    set_process(caller, text + name))
			return -ENOMEM;
	}
	return 0;
}

/* --- Pages -------------------------------------------------------------------------- */

/*
 * Returns the stack in a record of page_owner, or NULL for other text. A process name is too short
 * to contain the text that follows it, so the first match is the end of the name.
 */
static const char *parse_owner(const char *record, unsigned int *order, unsigned int *pid,
			       char process[PROCESS_WIDTH + 1])
{
	int name = 0;

	if (sscanf(record, "Page allocated via order %2u, mask %*[^,], pid %7u, tgid %*u (%n",
		   order, pid, &name) != 2 ||
	    !name || *order > ORDER_MAX)
		return NULL;
	record += name;
	for (int i = 0; i < PROCESS_WIDTH && record[i]; i++) {
		int end = 0;

		(void)sscanf(record + i, "), ts %*u ns PFN 0x%*x type %*[^\n]%n", &end);
		if (!end)
			continue;
		snprintf(process, PROCESS_WIDTH + 1, "%.*s", i, record);
		return record + i + end;
	}
	return NULL;
}

int dh_cma_trace_add_page(struct dh_cma_trace *trace, const char *record)
{
	struct dh_cma_caller caller = { 0 };
	char process[PROCESS_WIDTH + 1];
	unsigned int order, pid;
	const char *frame = parse_owner(record, &order, &pid, process);
	bool by_cma = false;
	uint64_t bytes;
	size_t index;
	int ret = 0;

	if (!frame)
		return 0;
	bytes = trace->page_size << order;
	/* Frames are indented. Skip the frames of functions that the CMA allocator calls. */
	while (!ret && begins(frame, "\n ")) {
		frame += strlen("\n ");
		by_cma = by_cma || begins(frame, "cma_alloc") || begins(frame, "__cma_alloc") ||
			 begins(frame, "cma_range_alloc");
		ret = by_cma ? add_frame(&caller, frame) : 0;
		frame += strcspn(frame, "\n");
	}
	if (!by_cma) {
		trace->movable.value += bytes;
		return 0;
	}
	caller.pid = dh_known(pid);
	if (!ret)
		ret = set_process(&caller, process);
	if (!ret)
		ret = find_caller(trace, &caller, &index);
	if (!ret)
		trace->callers[index].held = dh_known(trace->callers[index].held.value + bytes);
	clear_caller(&caller);
	return ret;
}

/* --- Results ------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	const struct dh_cma_caller *x = a, *y = b;

	if (x->held.value != y->held.value)
		return x->held.value < y->held.value ? 1 : -1;
	if (x->bytes.value != y->bytes.value)
		return x->bytes.value < y->bytes.value ? 1 : -1;
	return dh_text_compare(x->caller, y->caller);
}

int dh_cma_trace_end(struct dh_cma_trace *trace)
{
	bool complete;

	trace->open = 0;
	while (trace->n_pending)
		if (end_pending(trace, 0))
			return -ENOMEM;
	trace->lost.known = !trace->lost_uncounted;
	complete = trace->lost.known && !trace->lost.value;
	trace->older.known = complete;
	for (size_t i = 0; i < trace->n_callers; i++)
		trace->callers[i].held.known = complete;
	dh_array_sort(trace->callers, trace->n_callers, compare);
	/* Discard the blocks: their indices refer to the unsorted callers. */
	trace->n_blocks = 0;
	return 0;
}

void dh_cma_trace_end_pages(struct dh_cma_trace *trace)
{
	trace->movable.known = true;
	dh_array_sort(trace->callers, trace->n_callers, compare);
}

void dh_cma_trace_clear(struct dh_cma_trace *trace)
{
	for (size_t i = 0; i < trace->n_callers; i++)
		clear_caller(&trace->callers[i]);
	for (size_t i = 0; i < trace->n_pending; i++)
		clear_caller(&trace->pending[i].caller);
	free(trace->callers);
	free(trace->pending);
	free(trace->blocks);
	*trace = (struct dh_cma_trace){ 0 };
}
