/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap that a command works with: found, checked, opened, and what it refused explained.
 */
#ifndef DH_TASK_HEAP_H
#define DH_TASK_HEAP_H

#include "frame/message.h"
#include "model/buffer.h"
#include "model/inventory.h"
#include "model/tally.h"

/* Zeroed memory is a valid one without a heap. */
struct dh_heap_choice {
	struct dh_inventory inventory;
	const struct dh_heap *heap; /* in the inventory; NULL: none */
};

void dh_heap_choice_release(struct dh_heap_choice *choice);

static inline void dh_auto_heap_choice(struct dh_heap_choice *choice)
{
	dh_heap_choice_release(choice);
}

/*
 * Fills the inventory and the heap of that name or class, NULL where there is none; remarks
 * what a class resolved to. Returns a status, having said why.
 */
enum dh_status dh_heap_choose(const struct dh_env *env, const char *what,
			      struct dh_heap_choice *choice);

/* Says that there is no such heap, and which there are. Returns the status. */
enum dh_status dh_heap_absent(const struct dh_env *env, const struct dh_inventory *inventory,
			      const char *what);

/* Opens the heap's node. Returns a status, having said why; `*fd` is the caller's. */
enum dh_status dh_heap_open_chosen(const struct dh_env *env, const struct dh_heap_choice *choice,
				   int *fd);

/*
 * Does the heap seem to have that much, `count` times? A system heap that has not does not
 * refuse: the OOM killer comes. Returns a status, having said why; never with request->force.
 */
enum dh_status dh_heap_check(const struct dh_env *env, const struct dh_heap_choice *choice,
			     const struct dh_buffer_request *request, uint64_t count);

/* Says what the heap refused, and why: tally->first_error. Returns the status. */
enum dh_status dh_heap_refused(const struct dh_env *env, struct dh_heap_choice *choice,
			       const struct dh_buffer_request *request,
			       const struct dh_tally *tally);

#endif
