/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operands that several commands share. This header includes no header of src/task, so that a
 * command without buffers does not depend on the code for buffers.
 */
#ifndef DH_CMD_OPERANDS_H
#define DH_CMD_OPERANDS_H

#include "frame/options.h"

/*
 * Returns the name of the heap if `text` is the path of a node, such as /dev/dma_heap/system.
 * Otherwise, returns `text`. The result points into `text`.
 */
const char *dh_heap_operand(const char *text);

/* Replaces each path of a node, such as /dev/dma_heap/system, with the name of its heap. */
void dh_heap_words(struct dh_words *words);

/* Returns the first operand that can be parsed as a duration, or NULL. */
const char *dh_duration_operand(const struct dh_words *words);

#endif
