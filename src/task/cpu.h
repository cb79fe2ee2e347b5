/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A buffer as the CPU has it: mapped, written, checked, loaded and saved, with a sentence on
 * stderr for what goes wrong.
 */
#ifndef DH_TASK_CPU_H
#define DH_TASK_CPU_H

#include "action/mapping.h"
#include "frame/message.h"
#include "model/buffer.h"
#include "model/mapping.h"

/* What --verify looks for: a pattern of its own, or that of --fill. */
struct dh_wanted {
	bool given;
	struct dh_pattern pattern;
};

/* What to write and look for. */
struct dh_fill {
	bool fill;
	bool verify;
	bool no_sync;
	struct dh_pattern pattern; /* what --fill writes */
	struct dh_wanted wanted;
};

/* One mapping, and what is known of it. Zeroed memory has no mapping. */
struct dh_cpu_view {
	const char *subject; /* begins each sentence: "heap 'system'", "descriptor 5" */
	struct dh_mapping mapping;
	struct dh_mapping_report *report; /* borrows the heap's name of the facts */
};

/*
 * Maps the buffer of facts->fd, looks whether it is zeroed, fills it, verifies it, as far as
 * `fill` asks, and unmaps it. `report` is filled in as far as things went, on failure too.
 * Returns a status, having said why.
 */
enum dh_status dh_cpu_touch(const struct dh_env *env, const char *subject,
			    const struct dh_buffer_facts *facts, const struct dh_fill *fill,
			    struct dh_mapping_report *report);

/*
 * The same in steps, for a command that does more with the mapping. First: map, which may be
 * refused: -errno, report->map_error, and nothing said.
 */
int dh_cpu_map(const struct dh_buffer_facts *facts, bool no_sync, struct dh_cpu_view *view);

/* Does the error of dh_cpu_map() mean that the CPU has no access to this buffer? */
bool dh_cpu_denied(const struct dh_buffer_facts *facts, int error);

/* Says why dh_cpu_map() failed. Returns the status. */
enum dh_status dh_cpu_unmappable(const char *subject, const struct dh_buffer_facts *facts,
				 int error);

/* Was it zeroed? To be asked before anything is written. */
enum dh_status dh_cpu_check_zeroed(const struct dh_env *env, struct dh_cpu_view *view);

/*
 * Fill, verify. With `passes` above 0 also a plain read, all of it `passes` times, the rates
 * measured, and the CRC-32. A mismatch is a failure, and said, but no reason to stop:
 * report->mismatch is known then.
 */
enum dh_status dh_cpu_write_and_check(struct dh_cpu_view *view, const struct dh_fill *fill,
				      uint64_t passes);

/* Opens what to load, "-" being standard input. `path` NULL: nothing to load, and -1. */
enum dh_status dh_cpu_open_source(const char *path, int *source);

/* Reads the source, which was opened from `path`, into the buffer's start. */
enum dh_status dh_cpu_load(struct dh_cpu_view *view, const char *path, int source);

/* Copies [offset, offset + length) out. */
enum dh_status dh_cpu_copy(struct dh_cpu_view *view, uint64_t offset, void *to, size_t length);

/* Writes the buffer to a file, "-" being standard output. */
enum dh_status dh_cpu_save(struct dh_cpu_view *view, const char *path);

/* Puts the cost of the syncs into the report, and unmaps. Harmless on a view without mapping. */
void dh_cpu_unmap(struct dh_cpu_view *view);

static inline void dh_auto_cpu_view(struct dh_cpu_view *view)
{
	dh_cpu_unmap(view);
}

#endif
