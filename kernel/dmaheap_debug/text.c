// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "command.h"
#include "text.h"

/*
 * Returns false for error pointers and for addresses outside the kernel's part of the
 * address space. On x86, access to a non-canonical address raises a general protection
 * fault, which peek_byte() does not handle.
 */
static bool is_kernel_address(const void *pointer)
{
	unsigned long address = (unsigned long)kasan_reset_tag(pointer);
	unsigned long lowest = PAGE_OFFSET;

#ifdef MODULES_VADDR
	/* On 32-bit ARM, modules are below PAGE_OFFSET. */
	lowest = min_t(unsigned long, lowest, MODULES_VADDR);
#endif
	return address >= lowest && address < (unsigned long)-PAGE_SIZE;
}

#ifdef __get_kernel_nofault
/* Use this macro, because it needs no exported function. */
static bool peek_byte(char *to, const char *from)
{
	pagefault_disable();
	__get_kernel_nofault(to, from, char, fault);
	pagefault_enable();
	return true;
fault:
	pagefault_enable();
	return false;
}
#else
/*
 * Linux 5.10 lacks __get_kernel_nofault() on some architectures, such as arm64, but exports
 * copy_from_kernel_nofault().
 */
static bool peek_byte(char *to, const char *from)
{
	return !copy_from_kernel_nofault(to, from, 1);
}
#endif

/**
 * text_peek() - copy a string from memory that may be unreadable
 * @to: buffer for the copy; the copy is always terminated, and truncated if necessary
 * @from: address of the string; may be invalid
 * @size: size of @to in bytes
 *
 * Return: true, or false if memory before the end of the string could not be read; @to is
 * then empty.
 */
bool text_peek(char *to, const char *from, size_t size)
{
	size_t i;

	*to = 0;
	if (!is_kernel_address(from))
		return false;
	for (i = 0; i < size - 1; i++) {
		if (!peek_byte(to + i, from + i)) {
			*to = 0;
			return false;
		}
		if (!to[i])
			return true;
	}
	to[i] = 0;
	return true;
}

/* Checks whether the byte at @from can be read. */
bool text_peek_pointer(const void *from)
{
	char byte;

	return is_kernel_address(from) && peek_byte(&byte, from);
}

void text_put_name(struct seq_file *file, const char *key, const char *name)
{
	bool absent = !strcmp(name, DMAHEAP_DEBUG_ABSENT);

	seq_printf(file, " %s=", key);
	for (; *name; name++) {
		if (absent || text_needs_escape(*name))
			seq_printf(file, "\\x%02x", (unsigned char)*name);
		else
			seq_putc(file, *name);
	}
}

void text_put_figure(struct seq_file *file, const char *key, u64 value, bool counted)
{
	if (counted)
		seq_printf(file, " %s=%llu", key, value);
	else
		seq_printf(file, " %s=" DMAHEAP_DEBUG_ABSENT, key);
}
