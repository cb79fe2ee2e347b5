/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probes a heap: allocates and frees buffers to find the largest buffer and the largest total size
 * that the heap can allocate.
 */
#ifndef DH_TASK_PROBE_H
#define DH_TASK_PROBE_H

#include "model/probe.h"
#include "task/heap.h"

/*
 * Probes the heap request->heap with the flags of the request, and allocates at most request->size
 * bytes at the same time. If request->size is 0, the limit is the size of the heap's region or, if
 * that is unknown, half of the available memory. Does not probe a heap of the kind "system". Unless
 * request->force is set, does not probe the heap if live buffers use or may use its memory, or if
 * its driver resizes the region.
 *
 * Returns a status; prints the error, if any, and a remark if the search ended at the limit.
 * probe->limit is 0 if the error occurred before the first allocation. probe->heap belongs to
 * `choice`, which the caller releases. No buffer remains.
 */
enum dh_status dh_heap_probe(const struct dh_env *env, const struct dh_buffer_request *request,
			     struct dh_heap_choice *choice, struct dh_probe *probe);

#endif
