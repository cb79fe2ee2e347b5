// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "symbols.h"

/**
 * symbol_at - describes the function that contains an address
 * @symbol: filled, also when there is none: then with the address for a name
 * @address: any
 *
 * What the kernel exports of its symbol table is one text, made for people:
 * "name+0x1c/0x40 [module]". May be called from anywhere.
 *
 * Returns: whether there is a function.
 */
bool symbol_at(struct symbol *symbol, unsigned long address)
{
	char *plus, *bracket;

	sprint_symbol(symbol->name, address);
	strscpy(symbol->module, SYMBOL_KERNEL, sizeof(symbol->module));
	bracket = strchr(symbol->name, '[');
	if (bracket) {
		/* A build id may follow the name. */
		strscpy(symbol->module, bracket + 1, sizeof(symbol->module));
		symbol->module[strcspn(symbol->module, "] ")] = 0;
	}
	symbol->start = address;
	symbol->size = 0;
	symbol->offset = 0;
	plus = strrchr(symbol->name, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &symbol->offset, &symbol->size) != 2)
		return false;
	symbol->start -= symbol->offset;
	*plus = 0;
	return true;
}

/**
 * symbol_address - where a function is, also one that is not exported
 * @name: of the function
 *
 * A probe that is never armed is today's only way to ask. Sleeps.
 *
 * Returns: an address at which the function may be called directly, or 0.
 */
unsigned long symbol_address(const char *name)
{
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	unsigned long address;

	if (register_kprobe(&probe))
		return 0;
	address = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return address;
}

/**
 * symbol_extent - where a function begins and ends, also one that is not exported
 * @name: of the function
 *
 * Sleeps.
 *
 * Returns: an empty one when it cannot be told.
 */
struct extent symbol_extent(const char *name)
{
	struct symbol *symbol = kmalloc(sizeof(*symbol), GFP_KERNEL);
	unsigned long address = symbol_address(name);
	struct extent extent = { };

	if (symbol && address && symbol_at(symbol, address)) {
		extent.start = symbol->start;
		extent.end = symbol->start + symbol->size;
	}
	kfree(symbol);
	return extent;
}
