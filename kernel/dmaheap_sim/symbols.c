// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel functions that are exported by some kernels only.
 *
 * dma_heap_add() and alloc_contig_pages() became available to modules in 7.x,
 * dma_heap_remove() needs this project's series. Which kernel has what is asked
 * of the running one, not concluded from its version.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

#include "sim.h"

struct sim_symbols sim_symbols;

/* Names for __symbol_put(); NULL where none was got */
static const char *held[3];

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

int sim_find_symbols(bool contiguous)
{
	sim_symbols.dma_heap_add = find_symbol("dma_heap_add", &held[0]);
	if (!sim_symbols.dma_heap_add) {
		pr_err("this kernel has no dma_heap_add, or neither exports it nor has kprobes\n");
		return -EOPNOTSUPP;
	}
	sim_symbols.dma_heap_remove = find_symbol("dma_heap_remove", &held[1]);
	if (!contiguous)
		return 0;
	/* With the profiling of allocations it got another name. */
	sim_symbols.contig_pages = find_symbol("alloc_contig_pages_noprof", &held[2]);
	if (!sim_symbols.contig_pages)
		sim_symbols.contig_pages = find_symbol("alloc_contig_pages", &held[2]);
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
	memset(&sim_symbols, 0, sizeof(sim_symbols));
}
