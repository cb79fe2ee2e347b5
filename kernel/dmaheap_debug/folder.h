/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's folder in debugfs.
 */
#ifndef DMAHEAP_DEBUG_FOLDER_H
#define DMAHEAP_DEBUG_FOLDER_H

#include <linux/fs.h>

#define COMMAND_MAX 2048

extern const struct file_operations inspect_operations;
extern const struct file_operations client_operations;

int folder_init(void);
void folder_exit(void);
char *folder_line(const char __user *from, size_t count);

#endif
