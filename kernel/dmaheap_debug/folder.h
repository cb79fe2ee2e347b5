/* SPDX-License-Identifier: GPL-2.0-only */
/* Creates the debugfs files of the module. */
#ifndef DMAHEAP_DEBUG_FOLDER_H
#define DMAHEAP_DEBUG_FOLDER_H

int debugfs_files_init(void);
void debugfs_files_exit(void);

#endif
