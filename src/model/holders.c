// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/holders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"

void dh_holders_clear(struct dh_holders *holders)
{
	for (size_t i = 0; i < holders->n_buffers; i++) {
		free(holders->buffers[i].exporter);
		free(holders->buffers[i].name);
		free(holders->buffers[i].devices);
	}
	for (size_t i = 0; i < holders->n_processes; i++)
		free(holders->processes[i].name);
	free(holders->buffers);
	free(holders->processes);
	free(holders->holdings);
	free(holders->slots);
	*holders = (struct dh_holders){ 0 };
}

/* Returns the slot of the inode, or the free slot for it. At least half of the slots are free. */
static size_t *find_slot(const struct dh_holders *holders, uint64_t inode)
{
	size_t mask = holders->n_slots - 1;
	/* Inodes are consecutive numbers, so a multiplication spreads them well enough. */
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

struct sort_entry {
	uint64_t key;
	size_t index; /* index before sorting */
};

static int by_key(const void *a, const void *b)
{
	const struct sort_entry *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Reorders elements by the keys of `entries`. Stores the new index of each element in `moved`. */
static int sort_elements(void *elements, size_t n, size_t size, struct sort_entry *entries,
			 size_t *moved)
{
	dh_auto(free) char *sorted = calloc(n + 1, size);

	if (!sorted)
		return -ENOMEM;
	qsort(entries, n, sizeof(*entries), by_key);
	for (size_t i = 0; i < n; i++) {
		memcpy(sorted + i * size, (char *)elements + entries[i].index * size, size);
		moved[entries[i].index] = i;
	}
	if (n)
		memcpy(elements, sorted, n * size);
	return 0;
}

static int sort_buffers(struct dh_holders *holders, struct sort_entry *entries, size_t *moved)
{
	for (size_t i = 0; i < holders->n_buffers; i++)
		entries[i] = (struct sort_entry){ holders->buffers[i].inode, i };
	return sort_elements(holders->buffers, holders->n_buffers, sizeof(*holders->buffers),
			     entries, moved);
}

static int sort_processes(struct dh_holders *holders, struct sort_entry *entries, size_t *moved)
{
	for (size_t i = 0; i < holders->n_processes; i++)
		entries[i] = (struct sort_entry){ (uint64_t)holders->processes[i].pid, i };
	return sort_elements(holders->processes, holders->n_processes, sizeof(*holders->processes),
			     entries, moved);
}

static int by_buffer(const void *a, const void *b)
{
	const struct dh_holding *x = a, *y = b;

	if (x->buffer != y->buffer)
		return x->buffer < y->buffer ? -1 : 1;
	return (x->process > y->process) - (x->process < y->process);
}

/* The remainder of the division goes to the first holders, one byte each. */
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
	dh_auto(free) size_t *buffers = calloc(holders->n_buffers + 1, sizeof(*buffers));
	dh_auto(free) size_t *processes = calloc(holders->n_processes + 1, sizeof(*processes));
	dh_auto(free) struct sort_entry *entries =
		calloc(holders->n_buffers + holders->n_processes + 1, sizeof(*entries));

	if (!buffers || !processes || !entries)
		return -ENOMEM;
	/* Sorting invalidates the indices in the hash table. */
	free(holders->slots);
	holders->slots = NULL;
	holders->n_slots = 0;
	if (sort_buffers(holders, entries, buffers) || sort_processes(holders, entries, processes))
		return -ENOMEM;
	for (size_t i = 0; i < holders->n_holdings; i++) {
		holders->holdings[i].buffer = buffers[holders->holdings[i].buffer];
		holders->holdings[i].process = processes[holders->holdings[i].process];
	}
	if (holders->n_holdings)
		qsort(holders->holdings, holders->n_holdings, sizeof(*holders->holdings),
		      by_buffer);
	divide_sizes(holders);
	return 0;
}

bool dh_holders_incomplete(const struct dh_holders *holders)
{
	if (holders->hidden || holders->unidentified)
		return true;
	for (size_t i = 0; i < holders->n_processes; i++)
		if (holders->processes[i].state == DH_PROCESS_REFUSED)
			return true;
	return false;
}
