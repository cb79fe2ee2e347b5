/* SPDX-License-Identifier: GPL-2.0-only */
/* Converts addresses to symbols and symbols to addresses. */
#ifndef DMAHEAP_DEBUG_SYMBOLS_H
#define DMAHEAP_DEBUG_SYMBOLS_H

#include <linux/kallsyms.h>
#include <linux/module.h>

#define SYMBOL_KERNEL "vmlinux"

/**
 * struct symbol - function that contains an address
 * @start: address of the first byte of the function
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
 * struct extent - address range of a function
 * @start: address of the first byte
 * @end: address after the last byte; @start and @end are 0 if the function was not found
 */
struct extent {
	unsigned long start;
	unsigned long end;
};

bool symbol_at(struct symbol *symbol, unsigned long address);
unsigned long symbol_address(const char *name);
struct extent symbol_extent(const char *name, struct symbol *symbol);

/*
 * Checks whether a call with the return address @address is in @extent. If the call is the
 * last instruction of the function, @address equals @extent->end.
 */
static inline bool extent_contains_call(const struct extent *extent, unsigned long address)
{
	return address > extent->start && address <= extent->end;
}

#endif
