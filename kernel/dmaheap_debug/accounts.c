// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/kasan.h>
#include <linux/kdev_t.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "debug.h"

/*
 * Number of accounts. The kernel has at most 128 heaps at the same time. The other accounts are
 * for removed heaps, for other exporters, and for names for which kernel code found no heap.
 */
#define HEAPS_MAX 256

/* Table of HEAPS_MAX accounts. The last account is heap_other(). */
static struct heap *heaps;
static unsigned int heaps_count;
/*
 * Serializes additions to the table of accounts. Readers do not take this lock: they see
 * an account once heaps_count includes it.
 */
static DEFINE_RAW_SPINLOCK(heaps_lock);
/* debug.h lists the data that this lock protects. */
DEFINE_RAW_SPINLOCK(counts_lock);

/*
 * Returns the account for unknown heaps and exporters, and for those that do not fit into the table
 * of accounts.
 */
struct heap *heap_other(void)
{
	return &heaps[HEAPS_MAX - 1];
}

static struct heap *find_account(const char *name, u32 hash, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (heaps[i].hash == hash && !strcmp(heaps[i].name, name))
			return &heaps[i];
	}
	return NULL;
}

/* Returns the number of accounts whose name is set. heap_other() has no name. */
static unsigned int published_accounts(void)
{
	/* Pairs with the release in get_account(). */
	return smp_load_acquire(&heaps_count);
}

static struct heap *get_account(const char *name)
{
	u32 hash = jhash(name, strlen(name), 0);
	struct heap *heap = find_account(name, hash, published_accounts());
	unsigned long flags;

	if (heap)
		return heap;
	raw_spin_lock_irqsave(&heaps_lock, flags);
	heap = find_account(name, hash, heaps_count);
	if (!heap && heaps_count < HEAPS_MAX - 1) {
		heap = &heaps[heaps_count];
		heap->hash = hash;
		strscpy(heap->name, name, sizeof(heap->name));
		/* Pairs with the acquire in published_accounts(). */
		smp_store_release(&heaps_count, heaps_count + 1);
	}
	raw_spin_unlock_irqrestore(&heaps_lock, flags);
	return heap ?: heap_other();
}

/*
 * Returns the account of the heap @name. If the heap has no account yet, adds one, or returns
 * heap_other() if the table of accounts is full.
 */
struct heap *heap_by_name(const char *name)
{
	struct heap *heap = get_account(name);

	WRITE_ONCE(heap->is_heap, true);
	return heap;
}

/* Like heap_by_name(), but there may be no heap with the name @name. */
struct heap *account_by_name(const char *name)
{
	return get_account(name);
}

/* Returns the account with the name @name, or NULL if there is no such account. */
struct heap *heap_lookup(const char *name)
{
	return find_account(name, jhash(name, strlen(name), 0), published_accounts());
}

/*
 * Returns the account with the index @number, or NULL if there are at most @number accounts. The
 * last account is heap_other().
 */
struct heap *heap_by_index(unsigned int number)
{
	unsigned int count = published_accounts();

	if (number < count)
		return &heaps[number];
	return number == count ? heap_other() : NULL;
}

/* Returns the account of the heap whose last known address is @dma_heap, or NULL. */
struct heap *heap_by_pointer(const void *dma_heap)
{
	unsigned int i, count = published_accounts();

	for (i = 0; i < count; i++) {
		if (READ_ONCE(heaps[i].dma_heap) == dma_heap)
			return &heaps[i];
	}
	return NULL;
}

void heap_opened(struct heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.opens++;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/* Counts a find of an unknown name. Leaves half of the table to heaps. */
void heap_missed(const char *name)
{
	struct heap *heap = heap_lookup(name);
	unsigned long flags;

	if (!heap)
		heap = published_accounts() < HEAPS_MAX / 2 ? get_account(name) : heap_other();
	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.misses++;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

void heap_found(struct heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.finds++;
	heap->counts.refs++;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

void heap_put(struct heap *heap)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	if (heap->counts.refs) {
		heap->counts.puts++;
		heap->counts.refs--;
	} else {
		heap->counts.old_puts++;
	}
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

static void count_error(struct counts *counts, const struct allocation *allocation)
{
	int number = -allocation->error;
	unsigned int i;

	if (allocation->kernel)
		counts->kalloc_fails++;
	else
		counts->alloc_fails++;
	for (i = 0; i < ERRNO_SLOTS; i++) {
		if (!counts->errnos[i].number)
			counts->errnos[i].number = number;
		if (counts->errnos[i].number == number) {
			counts->errnos[i].count++;
			return;
		}
	}
	counts->errno_rest++;
}

static void add_live(struct counts *counts, u64 size)
{
	counts->live++;
	counts->live_bytes += size;
	counts->peak = max(counts->peak, counts->live);
	counts->peak_bytes = max(counts->peak_bytes, counts->live_bytes);
}

static void count_success(struct counts *counts, const struct allocation *allocation)
{
	unsigned int slot = allocation->ns ? ilog2(allocation->ns) : 0;

	if (allocation->kernel) {
		counts->kallocs++;
		counts->kalloc_bytes += allocation->size;
	} else {
		counts->allocs++;
		counts->alloc_bytes += allocation->size;
	}
	counts->latency[min_t(unsigned int, slot, LATENCY_SLOTS - 1)]++;
	if (!allocation->buffer_seen) {
		counts->unseen++;
		return;
	}
	add_live(counts, allocation->size);
}

void heap_allocated(struct heap *heap, const struct allocation *allocation)
{
	lockdep_assert_held(&counts_lock);
	if (allocation->error)
		count_error(&heap->counts, allocation);
	else
		count_success(&heap->counts, allocation);
}

/* Call this only for a buffer that heap_allocated() counted with buffer_seen set. */
void heap_freed(struct heap *heap, u64 size)
{
	lockdep_assert_held(&counts_lock);
	heap->counts.frees++;
	heap->counts.free_bytes += size;
	heap->counts.live--;
	heap->counts.live_bytes -= size;
}

void heap_freed_older(struct heap *heap, u64 size)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	heap->counts.older++;
	heap->counts.older_bytes += size;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/*
 * Counts a buffer that an allocation exported but did not return. Usually, the kernel frees the
 * buffer at once. Older kernels install the descriptor before they copy the result to user space:
 * if the copy fails, the descriptor stays open in the process.
 */
void heap_buffer_undone(struct heap *heap, u64 size)
{
	lockdep_assert_held(&counts_lock);
	heap->counts.undone++;
	add_live(&heap->counts, size);
}

/* Call this only for a buffer that heap_buffer_undone() counted. */
void heap_undone_freed(struct heap *heap, u64 size)
{
	lockdep_assert_held(&counts_lock);
	heap->counts.live--;
	heap->counts.live_bytes -= size;
}

/*
 * Resets the counts of an account, except the counts of live buffers and outstanding references.
 * Sets the peaks and the kept counts to these remaining counts.
 */
void heap_reset(struct heap *heap)
{
	struct counts *counts = &heap->counts;
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	*counts = (struct counts) {
		.refs = counts->refs,
		.kept_refs = counts->refs,
		.live = counts->live,
		.live_bytes = counts->live_bytes,
		.peak = counts->live,
		.peak_bytes = counts->live_bytes,
		.kept = counts->live,
		.kept_bytes = counts->live_bytes,
	};
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

/* Copies all counts of an account at once, so that they are consistent with each other. */
void heap_copy(struct heap *heap, struct counts *counts)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&counts_lock, flags);
	*counts = heap->counts;
	raw_spin_unlock_irqrestore(&counts_lock, flags);
}

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

static void look_up_functions(void)
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
	unsigned int i, count = published_accounts();
	unsigned long flags;

	for (i = 0; i < count; i++) {
		if (READ_ONCE(heaps[i].cdev) != cdev)
			continue;
		raw_spin_lock_irqsave(&counts_lock, flags);
		WRITE_ONCE(heaps[i].cdev, NULL);
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

int accounts_init(void)
{
	heaps = vzalloc(array_size(HEAPS_MAX, sizeof(*heaps)));
	if (!heaps)
		return -ENOMEM;
	look_up_functions();
	return 0;
}

void accounts_exit(void)
{
	if (name_exported)
		__symbol_put("dma_heap_get_name");
	vfree(heaps);
}
