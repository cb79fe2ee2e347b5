// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "debug.h"

#define CALLSITES_MAX 256
#define CALLSITE_NAME_SIZE 192

/**
 * struct callsite - a place in kernel code that finds a heap, allocates from it or puts it
 * @address: return address of the call; 0 after the code is freed
 * @heap: account of the heap that is an argument or the result of the call
 * @counts: number of calls, by &enum callsite_figure
 * @module: name of the module that contains the call, or SYMBOL_KERNEL
 * @name: calling function and offset of the return address, such as "probe+0x8c"; empty until
 *	resolve_callsites() sets @module and @name
 */
struct callsite {
	unsigned long address;
	struct heap *heap;
	u64 counts[CALLSITE_FIGURES];
	char module[MODULE_NAME_LEN];
	char name[CALLSITE_NAME_SIZE];
};

/*
 * Protects the table callsites, callsites_used and other_counts. This is a raw spinlock, because
 * probe handlers take it.
 */
static DEFINE_RAW_SPINLOCK(callsites_lock);
static struct callsite *callsites;
static unsigned int callsites_used;
static u64 other_counts[CALLSITE_FIGURES];
/* Serializes resolve_callsites(). */
static DEFINE_MUTEX(resolve_lock);

int callsites_init(void)
{
	callsites = vzalloc(array_size(CALLSITES_MAX, sizeof(*callsites)));
	return callsites ? 0 : -ENOMEM;
}

void callsites_exit(void)
{
	vfree(callsites);
}

static struct callsite *find_or_add(struct heap *heap, unsigned long address)
{
	struct callsite *site;

	lockdep_assert_held(&callsites_lock);
	for (site = callsites; site < callsites + callsites_used; site++) {
		if (site->address == address && site->heap == heap)
			return site;
	}
	if (callsites_used == CALLSITES_MAX)
		return NULL;
	*site = (struct callsite) { .address = address, .heap = heap };
	callsites_used++;
	return site;
}

void callsite_count(struct heap *heap, unsigned long address, enum callsite_figure figure)
{
	struct callsite *site;
	unsigned long flags;

	raw_spin_lock_irqsave(&callsites_lock, flags);
	site = probes_caller_known(address) ? find_or_add(heap, address) : NULL;
	if (site)
		site->counts[figure]++;
	else
		other_counts[figure]++;
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
}

static bool copy_callsite(struct callsite *site, unsigned int number)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&callsites_lock, flags);
	found = number < callsites_used;
	if (found)
		*site = callsites[number];
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
	return found;
}

/*
 * Looks up the symbol of the byte before the return address. If the call is the last instruction
 * of a function, the return address can belong to the next function.
 */
static void resolve_callsite(struct callsite *site)
{
	/* Static, to save space on the stack. Protected by resolve_lock. */
	static struct symbol symbol;
	bool known = symbol_at(&symbol, site->address - 1);

	strscpy(site->module, symbol.module, sizeof(site->module));
	if (known)
		scnprintf(site->name, sizeof(site->name), "%s+0x%lx", symbol.name,
			  symbol.offset + 1);
	else
		strscpy(site->name, symbol.name, sizeof(site->name));
}

/*
 * Stores the name of a call site. After a module is unloaded and loaded again, its call sites have
 * new addresses. This function merges such a call site with the old call site of the same name.
 */
static void store_name(unsigned int number, const struct callsite *named)
{
	struct callsite *site = &callsites[number], *twin;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&callsites_lock, flags);
	/* A reset may have removed the call site since it was copied. */
	if (number >= callsites_used || site->address != named->address ||
	    site->heap != named->heap)
		goto unlock;
	memcpy(site->module, named->module, sizeof(site->module));
	memcpy(site->name, named->name, sizeof(site->name));
	for (twin = callsites; twin < callsites + callsites_used; twin++) {
		if (twin->address || twin->heap != site->heap || strcmp(twin->name, site->name) ||
		    strcmp(twin->module, site->module))
			continue;
		twin->address = site->address;
		for (i = 0; i < CALLSITE_FIGURES; i++)
			twin->counts[i] += site->counts[i];
		*site = callsites[--callsites_used];
		break;
	}
unlock:
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
}

/*
 * Looks up the names of all call sites without a name. The probe handlers do not look up names,
 * because a lookup is slow and would delay the probed calls. May sleep.
 */
static void resolve_callsites(void)
{
	struct callsite site;
	unsigned int i;

	mutex_lock(&resolve_lock);
	/* Count down: store_name() can move the last call site to index i, which i++ would skip. */
	for (i = CALLSITES_MAX; i-- > 0;) {
		if (!copy_callsite(&site, i) || site.name[0])
			continue;
		resolve_callsite(&site);
		store_name(i, &site);
	}
	mutex_unlock(&resolve_lock);
}

/**
 * callsites_forget_module() - forget the addresses of call sites whose code is freed
 * @module: module that was initialized or is being unloaded
 * @init: true if only the init code of the module is freed
 *
 * Another module may be loaded at these addresses. The names and counts of the call sites are
 * kept. May sleep.
 */
void callsites_forget_module(struct module *module, bool init)
{
	struct callsite *site;
	unsigned long flags;

	resolve_callsites();
	raw_spin_lock_irqsave(&callsites_lock, flags);
	for (site = callsites; site < callsites + callsites_used; site++) {
		if (init ? within_module_init(site->address - 1, module) :
			   within_module(site->address - 1, module))
			site->address = 0;
	}
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
}

/**
 * callsites_reset() - reset the counts of call sites
 * @heap: account whose call sites are reset, or NULL to remove all call sites and reset
 *	other_counts
 */
void callsites_reset(const struct heap *heap)
{
	struct callsite *site;
	unsigned long flags;

	raw_spin_lock_irqsave(&callsites_lock, flags);
	for (site = callsites; heap && site < callsites + callsites_used; site++) {
		if (site->heap == heap)
			memset(site->counts, 0, sizeof(site->counts));
	}
	if (!heap) {
		callsites_used = 0;
		memset(other_counts, 0, sizeof(other_counts));
	}
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
}

static void print_counts(struct seq_file *file, const u64 *counts)
{
	text_put_figure(file, "finds", counts[CALLSITE_FINDS], figure_is_counted(FIGURE_FINDS));
	text_put_figure(file, "puts", counts[CALLSITE_PUTS], figure_is_counted(FIGURE_PUTS));
	text_put_figure(file, "kallocs", counts[CALLSITE_KALLOCS],
			figure_is_counted(FIGURE_KALLOCS));
	seq_putc(file, '\n');
}

void callsites_show(struct seq_file *file)
{
	u64 counts[CALLSITE_FIGURES];
	struct callsite site;
	unsigned long flags;
	unsigned int i;

	/* Run the self-test first: if the probes do not run, the figures are absent. */
	probes_blind();
	resolve_callsites();
	for (i = 0; copy_callsite(&site, i); i++) {
		if (!memchr_inv(site.counts, 0, sizeof(site.counts)))
			continue;
		seq_puts(file, DMAHEAP_DEBUG_REC_CALLSITE);
		text_put_name(file, "heap", site.heap->name);
		text_put_name(file, "module", site.module);
		text_put_name(file, "symbol", site.name);
		print_counts(file, site.counts);
	}
	raw_spin_lock_irqsave(&callsites_lock, flags);
	memcpy(counts, other_counts, sizeof(counts));
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
	seq_puts(file, DMAHEAP_DEBUG_REC_CALLSITE_OTHER);
	print_counts(file, counts);
}

/*
 * Kernel functions whose calls to probed functions are not attributed to drivers. They put
 * references that files and buffers hold, or allocate for an ioctl. In some kernels, the find
 * functions also put each heap that they compare with the requested name. @start and @end are 0 if
 * the function was not found.
 */
static struct {
	const char *name;
	enum callee callee;
	unsigned long start, end;
} kernel_callers[] = {
	{ "dma_heap_release", CALLEE_HEAP_PUT },
	{ "dma_buf_release", CALLEE_HEAP_PUT },
	{ "dma_heap_find", CALLEE_HEAP_PUT },
	{ "dma_heap_find_by_name", CALLEE_HEAP_PUT },
	{ "dma_heap_ioctl", CALLEE_HEAP_ALLOC },
	{ "dma_heap_ioctl_allocate", CALLEE_HEAP_ALLOC },
};

/**
 * kernel_callers_look_up() - look up the functions in kernel_callers
 * @symbol: scratch space for the lookup
 *
 * Call this when a module is loaded, because the module can contain some of these functions. May
 * sleep.
 */
void kernel_callers_look_up(struct symbol *symbol)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kernel_callers); i++) {
		bool found = symbol_find(symbol, kernel_callers[i].name);

		kernel_callers[i].start = found ? symbol->start : 0;
		kernel_callers[i].end = found ? symbol->start + symbol->size : 0;
	}
}

/* Returns true if the last lookup found a function in kernel_callers that calls @callee. */
bool kernel_callers_found(enum callee callee)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kernel_callers); i++) {
		if (kernel_callers[i].callee == callee && kernel_callers[i].start)
			return true;
	}
	return false;
}

/**
 * called_by_kernel() - check whether a function in kernel_callers made a call
 * @callee: called function
 * @address: return address of the call; equals the end of the calling function if the call is its
 *	last instruction
 */
bool called_by_kernel(enum callee callee, unsigned long address)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kernel_callers); i++) {
		if (kernel_callers[i].callee == callee && address > kernel_callers[i].start &&
		    address <= kernel_callers[i].end)
			return true;
	}
	return false;
}
