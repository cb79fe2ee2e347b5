// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/kdev_t.h>
#include <linux/string.h>

#include "nodes.h"
#include "symbols.h"

/* Number of minors that the kernel reserves for heaps. */
#define MINORS_MAX 128

/* Assumed upper limit for the offset of the cdev in struct dma_heap. */
#define CDEV_OFFSET_MAX 4096

/*
 * Accounts by minor number: each element is the account of the heap that was last used under
 * this number, or NULL. No account is freed before the module is unloaded.
 */
static struct heap *minors[MINORS_MAX];
/* Major number of the heaps, or 0 until node_heap_on_open() has found an account. */
static unsigned int major;

void nodes_init(void)
{
	memset(minors, 0, sizeof(minors));
	major = 0;
}

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

	if (!heap && !heap_names_available())
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
 * A recorded account with this address cannot belong to a removed heap. The kernel reuses a
 * minor number and an address only after all files of the removed heap are closed. The
 * first open of the new heap then records the new account.
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
 * Returns the account of the heap, or NULL if the device is not a heap or no probe has seen a
 * use of the heap.
 */
struct heap *node_heap_of_cdev(const struct cdev *cdev)
{
	unsigned int heap_major = READ_ONCE(major);

	if (!heap_major || MAJOR(cdev->dev) != heap_major || MINOR(cdev->dev) >= MINORS_MAX)
		return NULL;
	return READ_ONCE(minors[MINOR(cdev->dev)]);
}
