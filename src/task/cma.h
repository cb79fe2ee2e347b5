/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the kernel code that allocates from a CMA region. Functions that return a status print the
 * error, if any.
 */
#ifndef DH_TASK_CMA_H
#define DH_TASK_CMA_H

#include "frame/message.h"
#include "model/cma-trace.h"
#include "model/inventory.h"

/*
 * Traces the allocations and releases of the region `name`, or of the region of the heap or class
 * `name`, for `nanoseconds` or until a signal arrives. Creates a trace instance in tracefs, and
 * removes it at the end. trace->region belongs to `inventory`, or is `name` if the regions of the
 * system are unknown.
 *
 * After DH_EXIT_INTERRUPTED, `trace` contains the events before the signal. The caller must clear
 * both structs, even after an error.
 */
enum dh_status dh_cma_trace_run(const struct dh_env *env, const char *name, uint64_t nanoseconds,
				struct dh_inventory *inventory, struct dh_cma_trace *trace);

/*
 * Reads the owners of the used pages of the region `name` from page_owner in debugfs, and sums up
 * the pages of each caller in `trace`. For the parameters and the result, see
 * dh_cma_trace_run(). After DH_EXIT_INTERRUPTED, `trace` contains the pages that were read until
 * then.
 */
enum dh_status dh_cma_pages_run(const struct dh_env *env, const char *name,
				struct dh_inventory *inventory, struct dh_cma_trace *trace);

#endif
