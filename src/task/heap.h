/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap that a command uses: selection, checks before an allocation, opening its node, and
 * messages about allocation failures.
 */
#ifndef DH_TASK_HEAP_H
#define DH_TASK_HEAP_H

#include "frame/message.h"
#include "model/buffer.h"
#include "model/inventory.h"
#include "model/tally.h"

/* Zeroed memory is valid: no heap. */
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
 * Reads the inventory and selects the heap that `name`, a name or a class, matches; NULL: none.
 * Prints which heap a class selects. Returns a status; prints the error, if any.
 */
enum dh_status dh_heap_choose(const struct dh_env *env, const char *name,
			      struct dh_heap_choice *choice);

/* Prints that there is no such heap, or that this is unknown. Returns the status. */
enum dh_status dh_heap_absent(const struct dh_env *env, const struct dh_inventory *inventory,
			      const char *name);

/* Opens the node; the caller owns `*fd`. Returns a status; prints the error, if any. */
enum dh_status dh_heap_open_chosen(const struct dh_env *env, const struct dh_heap_choice *choice,
				   int *fd);

/*
 * Checks that `count` buffers fit into the free memory; request->force skips the check. An
 * allocation from the system heap that does not fit invokes the OOM killer instead of failing.
 * Returns a status; prints the error, if any.
 */
enum dh_status dh_heap_check(const struct dh_env *env, const struct dh_heap_choice *choice,
			     const struct dh_buffer_request *request, uint64_t count);

/* Prints the allocation failure tally->first_error and its cause. Returns the status. */
enum dh_status dh_heap_alloc_failed(const struct dh_env *env, struct dh_heap_choice *choice,
				    const struct dh_buffer_request *request,
				    const struct dh_tally *tally);

#endif
