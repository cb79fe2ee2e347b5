// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kprobes.h>
#include <linux/string.h>

#include "symbols.h"

/**
 * symbol_at() - find the function that contains an address
 * @symbol: result; if no function is found, @symbol->name is @address in hexadecimal
 * @address: any address
 *
 * Parses the output of sprint_symbol(), such as "name+0x1c/0x40 [module]", because the
 * kernel does not export kallsyms_lookup(). Can be called in any context.
 *
 * Return: true if a function was found.
 */
bool symbol_at(struct symbol *symbol, unsigned long address)
{
	char *plus, *bracket;

	sprint_symbol(symbol->name, address);
	strscpy(symbol->module, SYMBOL_KERNEL, sizeof(symbol->module));
	bracket = strchr(symbol->name, '[');
	if (bracket) {
		/* Ignore a build ID after the module name. */
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
 * symbol_address() - look up the address of a function
 * @name: name of the function, exported or not
 *
 * kallsyms_lookup_name() is not exported, so this function registers a disabled kprobe,
 * which resolves the name. May sleep.
 *
 * Return: address at which the function can be called directly, or 0 if the function was
 * not found.
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
 * symbol_extent() - look up the address range of a function
 * @name: name of the function, exported or not
 * @symbol: buffer for the lookup
 *
 * May sleep.
 *
 * Return: the range, which is empty if the function was not found.
 */
struct extent symbol_extent(const char *name, struct symbol *symbol)
{
	unsigned long address = symbol_address(name);
	struct extent extent = { };

	if (address && symbol_at(symbol, address)) {
		extent.start = symbol->start;
		extent.end = symbol->start + symbol->size;
	}
	return extent;
}
