// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/kasan.h>
#include <linux/kdev_t.h>
#include <linux/mm.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "debug.h"

static const char *no_name(struct dma_heap *dma_heap)
{
	return NULL;
}

/*
 * On x86, a static call is a direct call. If dma_heap_get_name() is not exported, no kernel code
 * takes its address, so the function has no ENDBR instruction. On kernels that check indirect
 * branches (IBT), an indirect call to the function would then fail.
 */
DEFINE_STATIC_CALL(dma_heap_name, no_name);
static bool names_available, name_exported;

int names_init(void)
{
	struct symbol symbol;
	unsigned long address;

	/* Prefer an exported function: __symbol_get() pins its module and needs no kprobe. */
	address = (unsigned long)__symbol_get("dma_heap_get_name");
	name_exported = address;
	if (!address && symbol_find(&symbol, "dma_heap_get_name"))
		address = symbol.start;
	if (address) {
		static_call_update(dma_heap_name, (const char *(*)(struct dma_heap *))address);
		names_available = true;
	}
	return 0;
}

void names_exit(void)
{
	if (name_exported)
		__symbol_put("dma_heap_get_name");
}

/*
 * Returns false for error pointers and for addresses outside the kernel's part of the
 * address space. On x86, the kernel warns if peek_byte() accesses a non-canonical address.
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
/* Prefer __get_kernel_nofault(), because the macro needs no exported function. */
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
 * @to: buffer for the copy, which is always NUL-terminated, and truncated if necessary
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

/* __nocfi: without native static calls, this is an indirect call, which CFI may reject. */
static const char *__nocfi name_of(struct dma_heap *dma_heap)
{
	return static_call(dma_heap_name)(dma_heap);
}

/**
 * heap_of_dma_heap() - find the account of a struct dma_heap
 * @dma_heap: heap to which the caller of the probed function holds a reference
 *
 * If the kernel lacks dma_heap_get_name(), searches for an account with the heap's address.
 *
 * Return: the account, or NULL if @dma_heap is NULL or an error pointer, if the heap or its
 * name cannot be read, or if no account has the address.
 */
struct heap *heap_of_dma_heap(struct dma_heap *dma_heap)
{
	char name[NAME_SIZE];

	if (IS_ERR_OR_NULL(dma_heap))
		return NULL;
	if (!names_available)
		return heap_by_pointer(dma_heap);
	if (!text_peek_pointer(dma_heap))
		return NULL;
	if (!text_peek(name, name_of(dma_heap), sizeof(name)))
		return NULL;
	return heap_by_name(name);
}

/* Number of minors that the kernel reserves for heaps. */
#define MINORS_MAX 128

/* Assumed upper limit for the offset of the cdev in struct dma_heap. */
#define CDEV_OFFSET_MAX 4096

/*
 * Accounts by minor number: each element is the account of the heap that was last used under
 * this number, or NULL. Accounts are freed only on unload, so the pointers stay valid.
 */
static struct heap *minors[MINORS_MAX];
/* Major number of the heaps, or 0 until node_heap_on_open() has found an account. */
static unsigned int major;

/*
 * The layout of struct dma_heap is unknown to this module, except that the structure contains
 * the cdev through which the file was opened. Reject private data that does not contain this
 * cdev.
 */
static struct dma_heap *dma_heap_of_file(const struct file *file, const struct inode *inode)
{
	char *data = READ_ONCE(file->private_data);
	char *cdev = (char *)READ_ONCE(inode->i_cdev);

	if (!data || cdev < data || cdev >= data + CDEV_OFFSET_MAX)
		return NULL;
	return (struct dma_heap *)data;
}

static bool dentry_is_named(const struct dentry *dentry, const char *name)
{
	char found[16];

	return text_peek(found, READ_ONCE(dentry->d_name.name), sizeof(found)) &&
	       !strcmp(found, name);
}

/* For kernels without dma_heap_get_name(): takes the name of the heap from its device node. */
static struct heap *heap_of_path(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;
	char name[NAME_SIZE];

	if (strcmp(dentry->d_sb->s_type->name, "devtmpfs"))
		return NULL;
	if (!dentry_is_named(READ_ONCE(dentry->d_parent), "dma_heap"))
		return NULL;
	if (!text_peek(name, READ_ONCE(dentry->d_name.name), sizeof(name)))
		return NULL;
	return heap_by_name(name);
}

/**
 * node_heap_on_open() - find the heap of an open file and record its account
 * @file: open file of a heap
 *
 * Records the account under the minor number of the file, for node_heap_of_file() and
 * node_heap_of_cdev().
 *
 * Return: the account of the heap, or heap_other() if the heap is unknown.
 */
struct heap *node_heap_on_open(const struct file *file)
{
	const struct inode *inode = file_inode(file);
	unsigned int minor = iminor(inode);
	struct dma_heap *dma_heap = dma_heap_of_file(file, inode);
	struct heap *heap = heap_of_dma_heap(dma_heap);

	if (!heap && !names_available)
		heap = heap_of_path(file);
	if (heap && dma_heap)
		WRITE_ONCE(heap->dma_heap, dma_heap);
	if (!heap && minor < MINORS_MAX)
		heap = READ_ONCE(minors[minor]);
	if (!heap)
		return heap_other();
	if (minor < MINORS_MAX)
		WRITE_ONCE(minors[minor], heap);
	WRITE_ONCE(major, imajor(inode));
	return heap;
}

/**
 * node_heap_of_file() - find the heap of an open file
 * @file: open file of a heap
 *
 * Returns the account recorded for the minor number if its heap has the same address as the
 * heap of the file. Otherwise, calls node_heap_on_open().
 *
 * The recorded account cannot belong to an earlier heap with the same address. The kernel
 * reuses a minor number and an address only after all files of the removed heap are closed.
 * The first open of the new heap then records the new account.
 *
 * Return: the account of the heap, or heap_other() if the heap is unknown.
 */
struct heap *node_heap_of_file(const struct file *file)
{
	unsigned int minor = iminor(file_inode(file));
	struct heap *heap = minor < MINORS_MAX ? READ_ONCE(minors[minor]) : NULL;

	if (heap && file->private_data && READ_ONCE(heap->dma_heap) == file->private_data)
		return heap;
	return node_heap_on_open(file);
}

/*
 * Returns the account of the heap, or NULL if the device is not a heap, or if no probe has seen
 * the heap's node opened or used for an allocation yet.
 */
struct heap *node_heap_of_cdev(const struct cdev *cdev)
{
	unsigned int heap_major = READ_ONCE(major);

	if (!heap_major || MAJOR(cdev->dev) != heap_major || MINOR(cdev->dev) >= MINORS_MAX)
		return NULL;
	return READ_ONCE(minors[MINOR(cdev->dev)]);
}
