/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU access to a buffer: map, fill, verify, load, dump and save.
 *
 * Functions that return a status print the error, if any. Functions with a `view` parameter, except
 * dh_cpu_copy(), store their results in view->report.
 */
#ifndef DH_TASK_CPU_H
#define DH_TASK_CPU_H

#include "action/mapping.h"
#include "frame/message.h"
#include "model/buffer.h"

/* The argument of --verify. If it is not given, `pattern` is the pattern of --fill. */
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

/* A mapping and its report. A zeroed `mapping` is valid: the buffer is not mapped. */
struct dh_cpu_view {
	const char *subject; /* for messages, such as "heap 'system'" or "descriptor 5" */
	struct dh_mapping mapping;
	struct dh_mapping_report *report; /* not owned, and neither is its member `heap` */
};

/*
 * Returns an upper bound on the number of accesses to the whole buffer by dh_cpu_check_zeroed() and
 * dh_cpu_write_and_check().
 */
uint64_t dh_cpu_accesses(const struct dh_fill *fill, uint64_t passes);

/*
 * Maps the buffer facts->fd, checks whether it is zeroed, fills and verifies it as `fill`
 * requests, and unmaps it.
 */
enum dh_status dh_cpu_test(const struct dh_env *env, const char *subject,
			   const struct dh_buffer_facts *facts, const struct dh_fill *fill,
			   struct dh_mapping_report *report);

/*
 * Maps the buffer facts->fd with `flags` of enum dh_mapping_flags, and initialises view->report.
 * Returns 0 or -errno, and sets view->report->map_error to 0 or the positive errno. Prints nothing.
 */
int dh_cpu_map(const struct dh_buffer_facts *facts, unsigned int flags, struct dh_cpu_view *view);

/*
 * Returns true if `error`, the -errno from dh_cpu_map(), means that the exporter denies CPU access.
 * Returns false for 0, and for errors that the descriptor or this process causes.
 */
bool dh_cpu_denied(const struct dh_buffer_facts *facts, int error);

/* Prints a message for `error`, the -errno from dh_cpu_map(). Returns DH_EXIT_ERROR. */
enum dh_status dh_cpu_map_failed(const char *subject, const struct dh_buffer_facts *facts,
				 int error);

/*
 * Checks whether all bytes are zero, and sets `zeroed` of the report. If they are not, sets
 * `nonzero` to the offset of the first nonzero byte. Call this function before the first write.
 * Prints a remark if a new buffer is not zeroed, which is not an error.
 */
enum dh_status dh_cpu_check_zeroed(const struct dh_env *env, struct dh_cpu_view *view);

/*
 * Fills and verifies the buffer as `fill` requests: once if `passes` is 0, else `passes` times. If
 * `passes` is not 0, each pass also reads the buffer to measure the read rate, and the CRC-32 is
 * computed after the last pass. If such a pass has no pattern to write, it writes zeros to a new,
 * zeroed and writable buffer without loaded contents, to measure the write rate.
 *
 * A mismatch ends the passes. The function then returns an error, report->mismatch is known, and
 * the mapping can still be used.
 */
enum dh_status dh_cpu_write_and_check(struct dh_cpu_view *view, const struct dh_fill *fill,
				      uint64_t passes);

/*
 * Opens the file `path` for dh_cpu_load(); "-" is standard input. Stores in `*source` a
 * descriptor that the caller closes, or -1 if `path` is NULL or cannot be opened.
 */
enum dh_status dh_cpu_open_source(const char *path, int *source);

/*
 * Copies the contents of the file `source` (a descriptor) to the start of the buffer. `path` is the
 * name of the file in messages.
 */
enum dh_status dh_cpu_load(struct dh_cpu_view *view, const char *path, int source);

/* Copies `length` bytes from `offset` in the buffer to `to`. */
enum dh_status dh_cpu_copy(struct dh_cpu_view *view, uint64_t offset, void *to, size_t length);

/* Writes the whole buffer to the file `path`; "-" is standard output. */
enum dh_status dh_cpu_save(struct dh_cpu_view *view, const char *path);

/*
 * Stores the number of pairs of SYNC_START and SYNC_END, and their median and mean durations, in
 * the report, and unmaps the buffer. Does nothing if the buffer is not mapped.
 */
void dh_auto_cpu_view(struct dh_cpu_view *view);

#endif
