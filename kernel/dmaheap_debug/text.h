/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads names from memory that may be unreadable, and prints names and figures. */
#ifndef DMAHEAP_DEBUG_TEXT_H
#define DMAHEAP_DEBUG_TEXT_H

#include <linux/seq_file.h>
#include <linux/types.h>

#include "dmaheap_debug.h"

#define NAME_SIZE (DMAHEAP_DEBUG_NAME_MAX + 1)

bool text_peek(char *to, const char *from, size_t size);
bool text_peek_pointer(const void *from);
void text_put_name(struct seq_file *file, const char *key, const char *name);
void text_put_figure(struct seq_file *file, const char *key, u64 value, bool counted);

#endif
