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
static bool permanent;

/* Returns true if the kernel has no function that can remove a heap. */
bool heaps_permanent(void)
{
	return permanent;
}

int nodes_init(void)
{
	/* Static, to save space on the stack. Called once. */
	static struct symbol symbol;
	unsigned long address;

	permanent = !symbol_find(&symbol, "dma_heap_remove") &&
		    !symbol_find(&symbol, "dma_heap_put");

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

void nodes_exit(void)
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
 * Accounts by minor number: each element is the account of the heap whose node was last opened or
 * used under this number, or NULL. Accounts are freed only on unload, so the pointers stay valid.
 */
static struct heap *minors[MINORS_MAX];

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

/* Finds the account of the heap of an open file, and records the account for node_heap(). */
static struct heap *learn_node(const struct file *file, const struct inode *inode)
{
	struct dma_heap *dma_heap = dma_heap_of_file(file, inode);
	struct heap *heap = heap_of_dma_heap(dma_heap);

	if (!heap && !names_available)
		heap = heap_of_path(file);
	if (!heap)
		return heap_other();
	if (dma_heap)
		WRITE_ONCE(heap->dma_heap, dma_heap);
	/* Without the probe on its release, the cdev could be freed without notice. */
	if (!figure_is_counted(FIGURE_FILES))
		return heap;
	WRITE_ONCE(heap->cdev, inode->i_cdev);
	WRITE_ONCE(heap->node_seen, true);
	if (iminor(inode) < MINORS_MAX)
		WRITE_ONCE(minors[iminor(inode)], heap);
	return heap;
}

/* Returns the account of a heap whose node was opened or used before, or NULL. */
struct heap *node_known(const struct inode *inode)
{
	unsigned int minor = iminor(inode);
	struct heap *heap = minor < MINORS_MAX ? READ_ONCE(minors[minor]) : NULL;

	return heap && READ_ONCE(heap->cdev) == inode->i_cdev ? heap : NULL;
}

/**
 * node_heap() - find the account of the heap of an open file
 * @file: open file of a heap, which holds the cdev until the caller returns
 *
 * Return: the account, or heap_other() if the heap is unknown.
 */
struct heap *node_heap(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return node_known(inode) ?: learn_node(file, inode);
}

/**
 * node_released() - forget a cdev that is about to be freed
 * @cdev: cdev of any device, whose last file is closed
 */
void node_released(const struct cdev *cdev)
{
	struct heap *heap;
	unsigned long flags;
	unsigned int i;

	for (i = 0; (heap = heap_by_index(i)); i++) {
		if (READ_ONCE(heap->cdev) != cdev)
			continue;
		raw_spin_lock_irqsave(&counts_lock, flags);
		WRITE_ONCE(heap->cdev, NULL);
		raw_spin_unlock_irqrestore(&counts_lock, flags);
	}
}

/*
 * Returns the number of open files, or FIGURE_UNKNOWN. Each open file holds a reference to the
 * cdev, and so does the device until it is removed. node_released() takes counts_lock before the
 * memory of the cdev is freed. If the probes did not run for a time, the cdev can be freed: check
 * that its memory can be read.
 */
static u64 count_files(const struct cdev *cdev)
{
	const struct kobject *device;
	u64 references;

	lockdep_assert_held(&counts_lock);
	if (!text_peek_pointer(&cdev->kobj.kref))
		return FIGURE_UNKNOWN;
	references = kref_read(&cdev->kobj.kref);
	device = cdev->kobj.parent;
	if (!text_peek_pointer(device) || device->state_in_sysfs)
		references--;
	return references;
}

/* Returns the number of open files of the heap's node, or FIGURE_UNKNOWN. */
u64 heap_open_files(struct heap *heap)
{
	u64 files = READ_ONCE(heap->node_seen) ? 0 : FIGURE_UNKNOWN;
	const struct cdev *cdev;
	unsigned long flags;

	if (!figure_is_counted(FIGURE_FILES))
		return FIGURE_UNKNOWN;
	raw_spin_lock_irqsave(&counts_lock, flags);
	cdev = READ_ONCE(heap->cdev);
	if (cdev)
		files = count_files(cdev);
	raw_spin_unlock_irqrestore(&counts_lock, flags);
	return files;
}
