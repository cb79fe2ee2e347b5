/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Converts addresses to symbols and symbols to addresses. dmaheap_debug and dmaheap_sim share this
 * header.
 */
#ifndef DMAHEAP_SYMBOLS_H
#define DMAHEAP_SYMBOLS_H

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

#define SYMBOL_KERNEL "vmlinux"

/**
 * struct symbol - function that contains an address
 * @start: address of the first byte of the function; calls use this address
 * @size: size of the function in bytes
 * @offset: offset of the address from @start
 * @module: name of the module, or SYMBOL_KERNEL
 * @name: name of the function
 */
struct symbol {
	unsigned long start;
	unsigned long size;
	unsigned long offset;
	char module[MODULE_NAME_LEN];
	char name[KSYM_SYMBOL_LEN];
};

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
static inline bool symbol_at(struct symbol *symbol, unsigned long address)
{
	char *plus, *bracket;

	sprint_symbol(symbol->name, address);
	strscpy(symbol->module, SYMBOL_KERNEL, sizeof(symbol->module));
	bracket = strchr(symbol->name, '[');
	if (bracket) {
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
 * symbol_find() - look up a function by name
 * @symbol: result, undefined if the function is not found
 * @name: name of the function, exported or not
 *
 * kallsyms_lookup_name() is not exported, so this function registers a kprobe, which resolves the
 * name. The kprobe is disabled, so the named function is not patched. The address of the kprobe can
 * be after the start of the function, for example after an ENDBR instruction, so symbol_at()
 * determines the start. May sleep.
 *
 * Return: true if the function was found.
 */
static inline bool symbol_find(struct symbol *symbol, const char *name)
{
#ifdef CONFIG_KPROBES
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };

	if (register_kprobe(&probe))
		return false;
	unregister_kprobe(&probe);
	return symbol_at(symbol, (unsigned long)probe.addr);
#else
	return false;
#endif
}

#endif
