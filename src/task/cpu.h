/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU access to a buffer: map, fill, verify, load, dump and save.
 *
 * Functions that return a status print the error, if any. Those that take a view update its report,
 * even on failure.
 */
#ifndef DH_TASK_CPU_H
#define DH_TASK_CPU_H

#include "action/mapping.h"
#include "frame/message.h"
#include "model/buffer.h"

/* The argument of --verify; defaults to the pattern of --fill. */
struct dh_expected {
	bool given;
	struct dh_pattern pattern;
};

struct dh_fill {
	bool fill;
	bool verify;
	bool no_sync;
	struct dh_pattern pattern; /* of --fill */
	struct dh_expected expected;
};

/* A mapping and its report. Zeroed memory is valid: not mapped. */
struct dh_cpu_view {
	const char *subject; /* of messages: "heap 'system'", "descriptor 5" */
	struct dh_mapping mapping;
	struct dh_mapping_report *report; /* borrows the name of the heap from the facts */
};

/*
 * Maps the buffer facts->fd, checks whether it is zeroed, fills and verifies it as `fill`
 * requests, and unmaps it.
 */
enum dh_status dh_cpu_test(const struct dh_env *env, const char *subject,
			   const struct dh_buffer_facts *facts, const struct dh_fill *fill,
			   struct dh_mapping_report *report);

/* Maps the buffer. Returns 0 or -errno, also in report->map_error; prints nothing. */
int dh_cpu_map(const struct dh_buffer_facts *facts, bool no_sync, struct dh_cpu_view *view);

/* Returns true if this error of dh_cpu_map() means that the exporter denies access to the CPU. */
bool dh_cpu_denied(const struct dh_buffer_facts *facts, int error);

/* Prints why dh_cpu_map() failed. Returns the status. */
enum dh_status dh_cpu_map_failed(const char *subject, const struct dh_buffer_facts *facts,
				 int error);

/* Checks whether the buffer is zeroed. Call it before the first write. */
enum dh_status dh_cpu_check_zeroed(const struct dh_env *env, struct dh_cpu_view *view);

/*
 * Fills and verifies the buffer. With `passes` above 0, does both that many times, also reads the
 * buffer, measures the rates and computes the CRC-32. After a mismatch, report->mismatch is known
 * and the mapping can still be used.
 */
enum dh_status dh_cpu_write_and_check(struct dh_cpu_view *view, const struct dh_fill *fill,
				      uint64_t passes);

/* Opens a file to load; "-" is standard input. `path` NULL: no file, `*source` is -1. */
enum dh_status dh_cpu_open_source(const char *path, int *source);

/* Reads `source`, which was opened from `path`, into the start of the buffer. */
enum dh_status dh_cpu_load(struct dh_cpu_view *view, const char *path, int source);

/* Copies [offset, offset + length) of the buffer to `to`. */
enum dh_status dh_cpu_copy(struct dh_cpu_view *view, uint64_t offset, void *to, size_t length);

/* Writes the buffer to a file; "-" is standard output. */
enum dh_status dh_cpu_save(struct dh_cpu_view *view, const char *path);

/* Unmaps, and reports the cost of the syncs. Does nothing if the view is not mapped. */
void dh_cpu_unmap(struct dh_cpu_view *view);

static inline void dh_auto_cpu_view(struct dh_cpu_view *view)
{
	dh_cpu_unmap(view);
}

#endif
