/* SPDX-License-Identifier: GPL-2.0-only */
/* Device nodes of heaps: finds the account of the heap that a file or cdev belongs to. */
#ifndef DMAHEAP_DEBUG_NODES_H
#define DMAHEAP_DEBUG_NODES_H

#include <linux/cdev.h>
#include <linux/fs.h>

#include "heaps.h"

void nodes_init(void);
struct heap *node_heap_on_open(const struct file *file);
struct heap *node_heap_of_file(const struct file *file);
struct heap *node_heap_of_cdev(const struct cdev *cdev);

#endif
