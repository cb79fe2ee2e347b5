/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device nodes of heaps, and which heap an open file is of.
 */
#ifndef DMAHEAP_DEBUG_NODES_H
#define DMAHEAP_DEBUG_NODES_H

#include <linux/cdev.h>
#include <linux/fs.h>

#include "heaps.h"

void nodes_init(void);
struct heap *node_opened(const struct file *file);
struct heap *node_of_file(const struct file *file);
struct heap *node_of_cdev(const struct cdev *cdev);

#endif
