// SPDX-License-Identifier: GPL-2.0-only
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "callsites.h"
#include "probes.h"
#include "symbols.h"

#define CALLSITES_MAX 256
#define CALLSITE_NAME_SIZE 192

/**
 * struct callsite - a call
 * @address: it returns to; 0 once the code there is gone
 * @heap: it was about
 * @counts: of what it did
 * @module: that contains it
 * @name: of the function, with the offset
 */
struct callsite {
	unsigned long address;
	struct heap *heap;
	u64 counts[CALLSITE_FIGURES];
	char module[MODULE_NAME_LEN];
	char name[CALLSITE_NAME_SIZE];
};

/* Protects all below; taken in probes. */
static DEFINE_RAW_SPINLOCK(callsites_lock);
static struct callsite *callsites;
static unsigned int callsites_used;
static u64 other_counts[CALLSITE_FIGURES];
/* Too large for the stack of whoever is probed. */
static struct symbol symbol_found;
static struct callsite fresh;

int callsites_init(void)
{
	callsites = vzalloc(array_size(CALLSITES_MAX, sizeof(*callsites)));
	return callsites ? 0 : -ENOMEM;
}

void callsites_exit(void)
{
	vfree(callsites);
}

/* The call comes before the address, and may be its function's last instruction. */
static void name_call(struct callsite *site, unsigned long address)
{
	bool known = symbol_at(&symbol_found, address - 1);

	strscpy(site->module, symbol_found.module, sizeof(site->module));
	if (known)
		scnprintf(site->name, sizeof(site->name), "%s+0x%lx", symbol_found.name,
			  symbol_found.offset + 1);
	else
		strscpy(site->name, symbol_found.name, sizeof(site->name));
}

/*
 * A module that was unloaded and is there again has its calls elsewhere: they
 * go on under the same names.
 */
static struct callsite *find_or_add(struct heap *heap, unsigned long address)
{
	struct callsite *site;

	lockdep_assert_held(&callsites_lock);
	for (site = callsites; site < callsites + callsites_used; site++) {
		if (site->address == address && site->heap == heap)
			return site;
	}
	fresh = (struct callsite) { .address = address, .heap = heap };
	name_call(&fresh, address);
	for (site = callsites; site < callsites + callsites_used; site++) {
		if (!site->address && site->heap == heap && !strcmp(site->name, fresh.name) &&
		    !strcmp(site->module, fresh.module)) {
			site->address = address;
			return site;
		}
	}
	if (callsites_used == CALLSITES_MAX)
		return NULL;
	*site = fresh;
	callsites_used++;
	return site;
}

void callsite_count(struct heap *heap, unsigned long address, enum callsite_figure figure)
{
	struct callsite *site;
	unsigned long flags;

	raw_spin_lock_irqsave(&callsites_lock, flags);
	site = find_or_add(heap, address);
	if (site)
		site->counts[figure]++;
	else
		other_counts[figure]++;
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
}

/* Another module's code may come to where this one's was. */
void callsites_forget_module(struct module *module)
{
	struct callsite *site;
	unsigned long flags;

	raw_spin_lock_irqsave(&callsites_lock, flags);
	for (site = callsites; site < callsites + callsites_used; site++) {
		if (within_module(site->address - 1, module))
			site->address = 0;
	}
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
}

/* Those that are about @heap, or all for NULL, which makes room for others. */
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

static bool copy_callsite(struct callsite *site, unsigned int number)
{
	unsigned long flags;
	bool there;

	raw_spin_lock_irqsave(&callsites_lock, flags);
	there = number < callsites_used;
	if (there)
		*site = callsites[number];
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
	return there;
}

static void put_counts(struct seq_file *file, const u64 *counts)
{
	text_put_figure(file, "finds", counts[CALLSITE_FINDS], probes_count(FIGURE_FINDS));
	text_put_figure(file, "puts", counts[CALLSITE_PUTS], probes_count(FIGURE_PUTS));
	text_put_figure(file, "kallocs", counts[CALLSITE_KALLOCS], probes_count(FIGURE_KALLOCS));
	seq_putc(file, '\n');
}

void callsites_show(struct seq_file *file)
{
	u64 counts[CALLSITE_FIGURES];
	struct callsite site;
	unsigned long flags;
	unsigned int i;

	for (i = 0; copy_callsite(&site, i); i++) {
		if (!memchr_inv(site.counts, 0, sizeof(site.counts)))
			continue;
		seq_puts(file, DMAHEAP_DEBUG_REC_CALLSITE);
		text_put_name(file, "heap", site.heap->name);
		text_put_name(file, "module", site.module);
		text_put_name(file, "symbol", site.name);
		put_counts(file, site.counts);
	}
	raw_spin_lock_irqsave(&callsites_lock, flags);
	memcpy(counts, other_counts, sizeof(counts));
	raw_spin_unlock_irqrestore(&callsites_lock, flags);
	seq_puts(file, DMAHEAP_DEBUG_REC_CALLSITE_OTHER);
	put_counts(file, counts);
}
