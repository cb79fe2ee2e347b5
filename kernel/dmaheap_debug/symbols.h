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

bool symbol_at(struct symbol *symbol, unsigned long address);
unsigned long symbol_address(const char *name);

#endif
