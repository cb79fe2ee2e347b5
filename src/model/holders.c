// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/holders.h"

#include <errno.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/memory.h"

void dh_holders_clear(struct dh_holders *holders)
{
	for (size_t i = 0; i < holders->n_buffers; i++) {
		free(holders->buffers[i].exporter);
		free(holders->buffers[i].name);
		free(holders->buffers[i].devices);
		free(holders->buffers[i].device_ids);
	}
	for (size_t i = 0; i < holders->n_processes; i++)
		free(holders->processes[i].name);
	free(holders->buffers);
	free(holders->processes);
	free(holders->holdings);
	free(holders->slots);
	*holders = (struct dh_holders){ 0 };
}

/*
 * Returns the slot of the inode, or a free slot for it. At least half of the slots are free, so the
 * search always ends.
 */
static size_t *find_slot(const struct dh_holders *holders, uint64_t inode)
{
	size_t mask = holders->n_slots - 1;
	/*
	 * Inode numbers are often consecutive, and would fill long runs of slots. The search for an
	 * absent inode would then scan a whole run. The multiplication scatters the numbers.
	 */
	size_t at = (size_t)(inode * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;

	while (holders->slots[at] && holders->buffers[holders->slots[at] - 1].inode != inode)
		at = (at + 1) & mask;
	return &holders->slots[at];
}

static bool grow_slots(struct dh_holders *holders)
{
	size_t n = holders->n_slots ? 2 * holders->n_slots : 128;

	if (holders->n_buffers < holders->n_slots / 2)
		return true;
	free(holders->slots);
	holders->slots = calloc(n, sizeof(*holders->slots));
	holders->n_slots = holders->slots ? n : 0;
	for (size_t i = 0; i < holders->n_buffers && holders->slots; i++)
		*find_slot(holders, holders->buffers[i].inode) = i + 1;
	return holders->slots;
}

static int by_inode(const void *a, const void *b)
{
	const struct dh_held_buffer *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

struct dh_held_buffer *dh_holders_find(const struct dh_holders *holders, uint64_t inode)
{
	const struct dh_held_buffer key = { .inode = inode };
	size_t slot;

	if (!holders->n_buffers)
		return NULL;
	if (!holders->n_slots)
		return bsearch(&key, holders->buffers, holders->n_buffers, sizeof(key), by_inode);
	slot = *find_slot(holders, inode);
	return slot ? &holders->buffers[slot - 1] : NULL;
}

struct dh_held_buffer *dh_holders_add_buffer(struct dh_holders *holders, uint64_t inode)
{
	struct dh_held_buffer *buffer;
	size_t *slot;

	if (!grow_slots(holders))
		return NULL;
	slot = find_slot(holders, inode);
	if (*slot)
		return &holders->buffers[*slot - 1];
	buffer = dh_array_add(&holders->buffers, &holders->n_buffers);
	if (!buffer)
		return NULL;
	buffer->inode = inode;
	*slot = holders->n_buffers;
	return buffer;
}

struct dh_process *dh_holders_add_process(struct dh_holders *holders, pid_t pid)
{
	struct dh_process *process = dh_array_add(&holders->processes, &holders->n_processes);

	if (process)
		process->pid = pid;
	return process;
}

struct dh_holding *dh_holders_add_holding(struct dh_holders *holders, struct dh_held_buffer *buffer,
					  size_t process)
{
	struct dh_holding *holding;

	if (buffer->last && holders->holdings[buffer->last - 1].process == process)
		return &holders->holdings[buffer->last - 1];
	holding = dh_array_add(&holders->holdings, &holders->n_holdings);
	if (!holding)
		return NULL;
	holding->buffer = (size_t)(buffer - holders->buffers);
	holding->process = process;
	buffer->last = holders->n_holdings;
	return holding;
}

static int by_buffer(const void *a, const void *b)
{
	const struct dh_holding *x = a, *y = b;

	if (x->buffer != y->buffer)
		return x->buffer < y->buffer ? -1 : 1;
	return (x->process > y->process) - (x->process < y->process);
}

/*
 * Divides the size of each buffer among its holders. The remainder goes to the first holders, one
 * byte each.
 */
static void divide_sizes(struct dh_holders *holders)
{
	struct dh_held_buffer *buffer = NULL;
	uint64_t nth = 0;

	for (size_t i = 0; i < holders->n_holdings; i++)
		holders->buffers[holders->holdings[i].buffer].n_holders++;
	for (size_t i = 0; i < holders->n_holdings; i++) {
		struct dh_holding *holding = &holders->holdings[i];

		nth = buffer == &holders->buffers[holding->buffer] ? nth + 1 : 0;
		buffer = &holders->buffers[holding->buffer];
		buffer->last = i + 1;
		if (buffer->size.known)
			holding->pss = dh_known(buffer->size.value / buffer->n_holders +
						(nth < buffer->size.value % buffer->n_holders));
	}
}

int dh_holders_group(struct dh_holders *holders)
{
	/* moved[i] is the new index of the buffer with the old index i. */
	dh_auto(free) size_t *moved = calloc(holders->n_buffers + 1, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	/* Free the hash table, because sorting invalidates its indices. */
	free(holders->slots);
	holders->slots = NULL;
	holders->n_slots = 0;

	for (size_t i = 0; i < holders->n_buffers; i++)
		holders->buffers[i].index = i;
	dh_array_sort(holders->buffers, holders->n_buffers, by_inode);
	for (size_t i = 0; i < holders->n_buffers; i++)
		moved[holders->buffers[i].index] = i;
	for (size_t i = 0; i < holders->n_holdings; i++)
		holders->holdings[i].buffer = moved[holders->holdings[i].buffer];
	dh_array_sort(holders->holdings, holders->n_holdings, by_buffer);
	divide_sizes(holders);
	return 0;
}

const struct dh_holding *dh_holders_find_holding(const struct dh_holders *holders,
						 const struct dh_held_buffer *buffer, pid_t pid)
{
	/* After dh_holders_group(), the holdings of a buffer are adjacent. */
	for (size_t i = buffer->last - buffer->n_holders; i < buffer->last; i++)
		if (holders->processes[holders->holdings[i].process].pid == pid)
			return &holders->holdings[i];
	return NULL;
}

bool dh_holders_incomplete(const struct dh_holders *holders)
{
	if (holders->hidden || holders->interrupted || holders->unidentified)
		return true;
	for (size_t i = 0; i < holders->n_processes; i++)
		if (holders->processes[i].state == DH_PROCESS_REFUSED)
			return true;
	return false;
}
