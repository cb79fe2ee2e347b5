// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks up and calls kernel functions that not all kernels export.
 *
 * Mainline kernels before 7.0 do not export the functions that add a heap. No mainline kernel up to
 * 7.3 exports alloc_contig_pages() as GPL-only. Only kernels with the patch series of this project
 * have dma_heap_remove(). Vendors backport functions, so the module looks up each function instead
 * of checking the version of the kernel.
 *
 * On x86, static calls are direct calls. A function whose address the kernel never takes has no
 * ENDBR instruction. On kernels that check indirect branches (IBT), an indirect call to such a
 * function would fail. On architectures without native static calls, a static call is an indirect
 * call, and __nocfi disables the CFI check of its type.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "../compat.h"
#include "../symbols.h"
#include "sim.h"

static struct dma_heap *no_add(const struct dma_heap_export_info *info)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static struct dma_heap *no_add_owned(const struct dma_heap_export_info *info,
				     struct module *owner)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void no_remove(struct dma_heap *heap)
{
}

static void *no_drvdata(struct dma_heap *heap)
{
	return NULL;
}

static struct page *no_contig_pages(unsigned long count, gfp_t gfp, int node, nodemask_t *mask)
{
	return NULL;
}

DEFINE_STATIC_CALL(heap_add, no_add);
DEFINE_STATIC_CALL(heap_add_owned, no_add_owned);
DEFINE_STATIC_CALL(heap_remove, no_remove);
DEFINE_STATIC_CALL(heap_drvdata, no_drvdata);
DEFINE_STATIC_CALL(contig_pages, no_contig_pages);

static bool can_remove;

/* Names of the symbols to release with __symbol_put(); unused elements are NULL. */
static const char *held_symbols[3];

/*
 * Returns the address of a function, or NULL if a kprobe cannot find it. Ignores functions of
 * modules: such a module could be unloaded while dmaheap_sim uses the function.
 */
static void *find_unexported(const char *name)
{
	struct symbol symbol;

	if (!symbol_find(&symbol, name) || strcmp(symbol.module, SYMBOL_KERNEL))
		return NULL;
	pr_info("using a kprobe to look up %s\n", name);
	return (void *)symbol.start;
}

static void *find_symbol(const char *name, const char **hold)
{
	void *address = __symbol_get(name);

	if (!address)
		return find_unexported(name);
	*hold = name;
	return address;
}

/**
 * sim_find_symbols() - look up the kernel functions that this file calls
 *
 * Return: 0, or -EOPNOTSUPP if a module cannot add heaps to this kernel.
 */
int sim_find_symbols(void)
{
	void *remove = find_symbol("dma_heap_remove", &held_symbols[2]);
	/* With the series, dma_heap_add() is a macro that passes the owner of the heap. */
	const char *add_name = remove ? "__dma_heap_add" : "dma_heap_add";
	void *add = find_symbol(add_name, &held_symbols[0]);
	void *drvdata = find_symbol("dma_heap_get_drvdata", &held_symbols[1]);
	void *contiguous;

	if (!add || !drvdata) {
		pr_err("cannot find %s: this kernel lacks it, or does not export it and lacks kprobes\n",
		       add ? "dma_heap_get_drvdata" : add_name);
		sim_put_symbols();
		return -EOPNOTSUPP;
	}
	static_call_update(heap_drvdata, (typeof(no_drvdata) *)drvdata);
	can_remove = remove;
	if (remove) {
		static_call_update(heap_add_owned, (typeof(no_add_owned) *)add);
		static_call_update(heap_remove, (typeof(no_remove) *)remove);
	} else {
		static_call_update(heap_add, (typeof(no_add) *)add);
	}

	/*
	 * Mainline does not export alloc_contig_pages() as GPL-only, and __symbol_get() would log a
	 * warning on 7.x. Since 6.10, alloc_contig_pages() is a macro that calls the function
	 * alloc_contig_pages_noprof().
	 */
	contiguous = find_unexported("alloc_contig_pages_noprof");
	if (!contiguous)
		contiguous = find_unexported("alloc_contig_pages");
	if (contiguous)
		static_call_update(contig_pages, (typeof(no_contig_pages) *)contiguous);
	return 0;
}

void sim_put_symbols(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(held_symbols); i++) {
		if (held_symbols[i])
			__symbol_put(held_symbols[i]);
		held_symbols[i] = NULL;
	}
}

struct dma_heap *__nocfi sim_dma_heap_add(const struct dma_heap_export_info *info)
{
	return can_remove ? static_call(heap_add_owned)(info, THIS_MODULE) :
			    static_call(heap_add)(info);
}

/* Returns true if the kernel has dma_heap_remove(). */
bool sim_can_remove(void)
{
	return can_remove;
}

void __nocfi sim_dma_heap_remove(struct dma_heap *dma_heap)
{
	static_call(heap_remove)(dma_heap);
}

void *__nocfi sim_dma_heap_get_drvdata(struct dma_heap *dma_heap)
{
	return static_call(heap_drvdata)(dma_heap);
}

/* Returns NULL if the allocation fails, or if alloc_contig_pages() was not found. */
struct page *__nocfi sim_alloc_contig_pages(unsigned long count, gfp_t gfp, int node)
{
	return static_call(contig_pages)(count, gfp, node, NULL);
}
