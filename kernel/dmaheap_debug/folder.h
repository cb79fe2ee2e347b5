/* SPDX-License-Identifier: GPL-2.0-only */
/* Creates the debugfs files of the module, and copies the commands that are written to them. */
#ifndef DMAHEAP_DEBUG_FOLDER_H
#define DMAHEAP_DEBUG_FOLDER_H

#include <linux/fs.h>

/* Maximum size of a write to the files "control" and "client", in bytes. */
#define COMMAND_MAX 2048

extern const struct file_operations inspect_operations;
extern const struct file_operations client_operations;

int debugfs_files_init(void);
void debugfs_files_exit(void);
char *copy_command(const char __user *from, size_t count);

#endif
