/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Selects the heap of a command, opens its node, checks the free memory, and prints messages about
 * allocation failures. Functions that return a status print the error, if any.
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
	const struct dh_heap *heap; /* element of the inventory, or NULL */
};

void dh_auto_heap_choice(struct dh_heap_choice *choice);

/*
 * Reads the inventory and selects the heap with the name or class `name`. If no heap matches, sets
 * choice->heap to NULL and returns DH_EXIT_DONE. If the heap is selected by its class, prints a
 * remark that names the heap. The status is DH_EXIT_AMBIGUOUS if a class matches several heaps and
 * has no default.
 */
enum dh_status dh_heap_choose(const struct dh_env *env, const char *name,
			      struct dh_heap_choice *choice);

/*
 * Prints that there is no heap with the name or class `name`, or that its existence is unknown.
 * For an inventory without heaps, calls dh_heaps_absent(). Returns the status for the error.
 */
enum dh_status dh_heap_absent(const struct dh_env *env, const struct dh_inventory *inventory,
			      const char *name);

/* Opens the node of the chosen heap; the caller owns `*fd`. */
enum dh_status dh_heap_open_chosen(const struct dh_env *env, const struct dh_heap_choice *choice,
				   int *fd);

/*
 * Checks that `count` buffers fit into the available memory, if its size is known. request->force
 * skips the check. An allocation from the system heap that does not fit can invoke the OOM killer
 * instead of failing.
 */
enum dh_status dh_heap_check(const struct dh_env *env, const struct dh_heap_choice *choice,
			     const struct dh_buffer_request *request, uint64_t count);

/*
 * Checks that `count` buffers fit into the limits of this process's cgroup and its ancestors. The
 * limit is memory.max for the system heap if the kernel charges its buffers to the process, and
 * dmem.max for another heap with a dmem region. request->force skips the check. At memory.max, the
 * kernel kills a process of the cgroup instead of failing the allocation.
 */
enum dh_status dh_heap_check_cgroup(const struct dh_env *env, const struct dh_heap_choice *choice,
				    const struct dh_buffer_request *request, uint64_t count);

/*
 * Reads the region again, and prints the allocation failure tally->first_error, and its cause if it
 * is known. For -ENOMEM, also prints the known figures of the region. For -EAGAIN, also prints the
 * limit of the heap's dmem region, if there is one. Returns DH_EXIT_UNSUPPORTED for -ENOTTY,
 * otherwise DH_EXIT_ERROR.
 */
enum dh_status dh_heap_alloc_failed(const struct dh_env *env, struct dh_heap_choice *choice,
				    const struct dh_buffer_request *request,
				    const struct dh_tally *tally);

#endif
