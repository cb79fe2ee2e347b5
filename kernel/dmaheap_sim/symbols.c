// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions that are exported by some kernels only.
 *
 * Those for heaps, and alloc_contig_pages(), became available to modules in 7.x;
 * dma_heap_remove() needs this project's series. Which kernel has what is asked
 * of the running one, not concluded from its version.
 *
 * They are called directly: a pointer to a function that is not exported may not
 * be called on kernels that check indirect branches, since nothing in the kernel
 * takes its address. Where an architecture has no such calls, pointers are what
 * remains, and their type is not checked.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "../compat.h"
#include "sim.h"

static struct dma_heap *no_add(const struct dma_heap_export_info *info)
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
DEFINE_STATIC_CALL(heap_remove, no_remove);
DEFINE_STATIC_CALL(heap_drvdata, no_drvdata);
DEFINE_STATIC_CALL(contig_pages, no_contig_pages);

static bool can_remove;

/* Names for __symbol_put(); NULL where none was got */
static const char *held[5];

/**
 * found_by_kprobe() - the address of a function that is not exported
 * @name: the function
 *
 * A kprobe knows addresses by name. It stays disabled, so that nothing is
 * patched into the function. The address may be that of the first place where
 * a breakpoint can be, which is beyond an ENDBR or a local entry point; called
 * must be the function's beginning. What is found in a module is left alone:
 * it would not stay there for as long as it is needed.
 *
 * Return: the address, or NULL.
 */
static void *found_by_kprobe(const char *name)
{
#ifdef CONFIG_KPROBES
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	char where[KSYM_SYMBOL_LEN];
	unsigned long offset;
	const char *plus;

	if (register_kprobe(&probe))
		return NULL;
	unregister_kprobe(&probe);

	/* "name+0x4/0x120", and " [module]" where it belongs to one */
	sprint_symbol(where, (unsigned long)probe.addr);
	plus = strrchr(where, '+');
	if (!plus || strchr(plus, '[') || sscanf(plus, "+%lx/", &offset) != 1)
		return NULL;
	return (void *)((unsigned long)probe.addr - offset);
#else
	return NULL;
#endif
}

static void *find_symbol(const char *name, const char **hold)
{
	void *address = __symbol_get(name);

	if (address) {
		*hold = name;
		return address;
	}
	address = found_by_kprobe(name);
	if (address)
		pr_info("%s is not exported by this kernel; found it by way of a kprobe\n", name);
	return address;
}

/**
 * sim_find_symbols() - makes the functions below do something
 *
 * Return: 0, or -EOPNOTSUPP when the kernel has no heaps that a module can add.
 */
int sim_find_symbols(void)
{
	void *add = find_symbol("dma_heap_add", &held[0]);
	void *drvdata = find_symbol("dma_heap_get_drvdata", &held[1]);
	void *remove = find_symbol("dma_heap_remove", &held[2]);
	void *contiguous;

	if (!add || !drvdata) {
		pr_err("this kernel has no %s, or neither exports it nor has kprobes\n",
		       add ? "dma_heap_get_drvdata" : "dma_heap_add");
		sim_put_symbols();
		return -EOPNOTSUPP;
	}
	static_call_update(heap_add, (typeof(&no_add))add);
	static_call_update(heap_drvdata, (typeof(&no_drvdata))drvdata);
	can_remove = remove;
	if (remove)
		static_call_update(heap_remove, (typeof(&no_remove))remove);

	/* With the profiling of allocations it got another name. */
	contiguous = find_symbol("alloc_contig_pages_noprof", &held[3]);
	if (!contiguous)
		contiguous = find_symbol("alloc_contig_pages", &held[4]);
	if (contiguous)
		static_call_update(contig_pages, (typeof(&no_contig_pages))contiguous);
	return 0;
}

void sim_put_symbols(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(held); i++) {
		if (held[i])
			__symbol_put(held[i]);
		held[i] = NULL;
	}
}

struct dma_heap *__nocfi sim_dma_heap_add(const struct dma_heap_export_info *info)
{
	return static_call(heap_add)(info);
}

/* Whether sim_dma_heap_remove() does anything */
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

/* Without alloc_contig_pages(), 4 MiB is the most that there is at once. */
struct page *__nocfi sim_alloc_contig_pages(unsigned long count, gfp_t gfp, int node)
{
	return static_call(contig_pages)(count, gfp, node, NULL);
}
