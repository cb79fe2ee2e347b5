/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of addresses, and addresses of names.
 */
#ifndef DMAHEAP_DEBUG_SYMBOLS_H
#define DMAHEAP_DEBUG_SYMBOLS_H

#include <linux/kallsyms.h>
#include <linux/module.h>

#define SYMBOL_KERNEL "vmlinux"

/**
 * struct symbol - the function that an address is in
 * @start: its first byte
 * @size: its length
 * @offset: of the address
 * @module: SYMBOL_KERNEL, or the module's name
 * @name: of the function
 */
struct symbol {
	unsigned long start;
	unsigned long size;
	unsigned long offset;
	char module[MODULE_NAME_LEN];
	char name[KSYM_SYMBOL_LEN];
};

/**
 * struct extent - where a function's code is
 * @start: its first byte
 * @end: behind its last; both 0 when there is no such function
 */
struct extent {
	unsigned long start;
	unsigned long end;
};

bool symbol_at(struct symbol *symbol, unsigned long address);
unsigned long symbol_address(const char *name);
struct extent symbol_extent(const char *name);

/* Whether a call that returns to @address is in @extent, if need be as its last instruction. */
static inline bool extent_calls(const struct extent *extent, unsigned long address)
{
	return address > extent->start && address <= extent->end;
}

#endif
