// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dcache.h>
#include <linux/kdev_t.h>
#include <linux/string.h>

#include "nodes.h"
#include "symbols.h"

/* The kernel has no more minors than this for heaps. */
#define MINORS_MAX 128

/* How far into a struct dma_heap its cdev may be. */
#define CDEV_REACH 4096

/* The heap last seen behind each minor; accounts are never freed. */
static struct heap *minors[MINORS_MAX];
static unsigned int major;

void nodes_init(void)
{
	memset(minors, 0, sizeof(minors));
	major = 0;
}

/*
 * The layout of a struct dma_heap is not known, but that it contains the cdev
 * which the file was opened through is: anything else is not taken for one.
 */
static struct dma_heap *data_of(const struct file *file, const struct inode *inode)
{
	char *data = READ_ONCE(file->private_data);
	char *cdev = (char *)READ_ONCE(inode->i_cdev);

	if (!data || cdev < data || cdev >= data + CDEV_REACH)
		return NULL;
	return (struct dma_heap *)data;
}

static bool name_is(const struct dentry *dentry, const char *name)
{
	char found[16];

	return text_peek(found, READ_ONCE(dentry->d_name.name), sizeof(found)) &&
	       !strcmp(found, name);
}

/* Kernels that do not tell a heap's name still make a node of that name. */
static struct heap *heap_of_path(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;
	char name[NAME_SIZE];

	if (strcmp(dentry->d_sb->s_type->name, "devtmpfs"))
		return NULL;
	if (!name_is(READ_ONCE(dentry->d_parent), "dma_heap"))
		return NULL;
	if (!text_peek(name, READ_ONCE(dentry->d_name.name), sizeof(name)))
		return NULL;
	return heap_named(name);
}

/**
 * node_opened - which heap a file belongs to
 * @file: an open one of the heaps' device
 *
 * Returns: never NULL; if need be, the account of the others.
 */
struct heap *node_opened(const struct file *file)
{
	const struct inode *inode = file_inode(file);
	unsigned int minor = iminor(inode);
	struct dma_heap *dma_heap = data_of(file, inode);
	struct heap *heap = heap_of(dma_heap);

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

/*
 * The same, faster for a heap that was seen before. Another one can have taken
 * its place, but not while a file of the first is open, nor unopened.
 */
struct heap *node_of_file(const struct file *file)
{
	unsigned int minor = iminor(file_inode(file));
	struct heap *heap = minor < MINORS_MAX ? READ_ONCE(minors[minor]) : NULL;

	if (heap && file->private_data && READ_ONCE(heap->dma_heap) == file->private_data)
		return heap;
	return node_opened(file);
}

/* Returns: NULL for other devices, and for heaps of which no file was seen. */
struct heap *node_of_cdev(const struct cdev *cdev)
{
	unsigned int known = READ_ONCE(major);

	if (!known || MAJOR(cdev->dev) != known || MINOR(cdev->dev) >= MINORS_MAX)
		return NULL;
	return READ_ONCE(minors[MINOR(cdev->dev)]);
}
