/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations that the source files of dmaheap_client share. */
#ifndef DMAHEAP_CLIENT_CLIENT_H
#define DMAHEAP_CLIENT_CLIENT_H

#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>

#include "compat.h"
#include "dmaheap_debug.h"

/*
 * inspect.c: creates platform devices without hardware, maps buffers for them, and prints the
 * memory layout of the buffers.
 */
extern const struct file_operations inspect_operations;
int inspect_init(void);
void inspect_exit(void);
int inspect_highest(struct dma_buf *dmabuf, u64 *highest);
struct platform_device *importer_create(unsigned int mask_bits);
int sg_layout_print(char *to, size_t size, struct sg_table *table);

/*
 * client.c: uses a heap as a driver does, at the request of a process, and loads and unloads the
 * module.
 */

/* Maximum size of an escaped exporter name, including the terminating NUL. */
#define NAME_SIZE (4 * DMAHEAP_DEBUG_NAME_MAX + 1)
#define ANSWER_SIZE (NAME_SIZE + 384)

/**
 * struct answer - answer to the last command that was written to an open debugfs file
 * @lock: serializes the commands, and protects the other fields
 * @length: length of @text in bytes; 0 before the first command
 * @text: the answer
 */
struct answer {
	struct mutex lock; /* protects the other fields */
	size_t length;
	char text[ANSWER_SIZE];
};

ssize_t answer_read(struct file *file, char __user *to, size_t count, loff_t *position);

#endif
