/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots of the accounts of the debug module and of the number of live buffers by exporter.
 *
 * discover/ and task/accounts.c fill the records. The strings in the records belong to the
 * snapshot. The functions of model/balance.h compute verdicts from snapshots.
 */
#ifndef DH_MODEL_SNAPSHOT_H
#define DH_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dmaheap_debug.h"

#include "base/maybe.h"

/* Figures of a heap: DH_FIGURE_finds and so on. dmaheap_debug(4) describes them. */
enum dh_figure {
#define DH_FIGURE(KEY, GROUP) DH_FIGURE_##KEY,
	DMAHEAP_DEBUG_FIGURES(DH_FIGURE)
#undef DH_FIGURE
		DH_FIGURES,
};

/* The debug module counts either all figures of a group or none. */
enum dh_group {
	DH_GROUP_FINDS,
	DH_GROUP_PUTS,
	DH_GROUP_REFS,
	DH_GROUP_OPENS,
	DH_GROUP_FILES,
	DH_GROUP_ALLOCS,
	DH_GROUP_BYTES,
	DH_GROUP_KALLOCS,
	DH_GROUP_KALLOC_BYTES,
	DH_GROUP_LIVE,
	DH_GROUP_FREES,
	DH_GROUPS,
};

/* Returns "finds" and so on: the key in the files of the debug module and in saved snapshots. */
const char *dh_figure_key(enum dh_figure figure);
enum dh_group dh_figure_group(enum dh_figure figure);

/*
 * Bucket of a histogram. `number` is the errno of `count` failures (-1: other errors), or the log2
 * of the duration of `count` successes in nanoseconds.
 */
struct dh_bucket {
	int number;
	uint64_t count;
};

struct dh_account {
	char *heap;    /* NULL: sum of the heaps outside the debug module's table */
	bool exporter; /* `heap` is an exporter name: only the `older` figures are valid */
	struct dh_maybe figures[DH_FIGURES];
	struct dh_bucket *errnos;
	size_t n_errnos;
	struct dh_bucket *latency;
	size_t n_latency;
};

struct dh_callsite {
	/* If heap, module and symbol are NULL: sum of the call sites outside the module's table. */
	char *heap;
	char *module;
	char *symbol; /* "function+0x1c" */
	struct dh_maybe finds, puts, kallocs;
};

struct dh_miss {
	char *name; /* requested name; NULL: sum of the names outside the module's table */
	struct dh_maybe count;
};

/* Buffers of one exporter. Most heaps export buffers under their own name. */
struct dh_exporter_count {
	char *exporter;
	uint64_t buffers, bytes;       /* held by processes */
	uint64_t unheld, unheld_bytes; /* held by no process */
};

/* A zeroed struct is an empty snapshot. */
struct dh_snapshot {
	char boot_id[64];	  /* "" if unknown */
	struct dh_maybe charging; /* 0 or 1: the system heap charges buffers to memory cgroups */

	/*
	 * True if the accounts of the debug module were read. If false, the members up to
	 * `n_misses` are empty.
	 */
	bool counted;
	bool groups[DH_GROUPS]; /* groups of figures that the module counts */
	bool no_finds;		/* the kernel has no functions to find heaps */
	char *refused;		/* functions whose probes the kernel rejected: "a, b", or NULL */
	/*
	 * Times in nanoseconds (CLOCK_MONOTONIC) of loading the module, of taking the snapshot, and
	 * of the last reset of all figures.
	 */
	struct dh_maybe loaded, now, reset;
	struct dh_maybe missed; /* calls that the probes missed */
	struct dh_account *accounts;
	size_t n_accounts;
	struct dh_callsite *callsites;
	size_t n_callsites;
	struct dh_miss *misses;
	size_t n_misses;

	bool scanned; /* processes were read; if false, the members below are empty */
	bool listed;  /* the kernel listed all buffers, so `unheld` of the exporters is valid */
	/* Reasons for inexact numbers of buffers: */
	bool scan_incomplete;  /* the scan of /proc may have missed holders */
	bool exporter_unknown; /* a buffer has an unknown exporter, and may belong to any heap */
	bool buffers_changed;  /* buffers may have been allocated or freed during the count */
	struct dh_exporter_count *exporters;
	size_t n_exporters;
};

void dh_snapshot_clear(struct dh_snapshot *snapshot);

#define dh_auto_snapshot dh_snapshot_clear

/*
 * Version of the format of saved snapshots. Increase the version if a key is removed or changes its
 * meaning, or if readers need a new key.
 */
#define DH_SNAPSHOT_SCHEMA 2

/*
 * json-c reads numbers above INT64_MAX as INT64_MAX. In a saved snapshot, a figure of INT64_MAX or
 * more is therefore unknown, and the count of a bucket is at most INT64_MAX - 1.
 */
#define DH_SNAPSHOT_NUMBER_MAX INT64_MAX

/*
 * Maximum number of records in each list of a snapshot. The maximum bounds linear searches. Readers
 * return -EFBIG for longer lists. The tables of the debug module have at most 256 heaps, 256 call
 * sites and 128 misses.
 */
#define DH_RECORDS_MAX 4096

/* Appends a bucket. Returns 0 or -ENOMEM. */
int dh_buckets_add(struct dh_bucket **buckets, size_t *n, int number, uint64_t count);

/*
 * Counts a buffer of `bytes` bytes for its exporter. `held` is true if a process holds the buffer.
 * Call this function once for each buffer. Returns 0 or -ENOMEM.
 */
int dh_snapshot_add_buffer(struct dh_snapshot *snapshot, const char *exporter, bool held,
			   uint64_t bytes);

/*
 * These functions return the account of a heap or the record of an exporter, or NULL. A NULL `heap`
 * selects the sum of the heaps outside the module's table.
 */
const struct dh_account *dh_snapshot_account(const struct dh_snapshot *snapshot, const char *heap);
const struct dh_exporter_count *dh_snapshot_exporter(const struct dh_snapshot *snapshot,
						     const char *exporter);

/*
 * Returns a figure of the heap's account. Without an account, the figures that the debug module
 * counts are 0, and the others are unknown.
 */
struct dh_maybe dh_snapshot_figure(const struct dh_snapshot *snapshot, const char *heap,
				   enum dh_figure figure);

/*
 * Returns true if both snapshots have the same accounts, and no account shows an allocation or a
 * free between the snapshots.
 */
bool dh_snapshot_same_buffers(const struct dh_snapshot *a, const struct dh_snapshot *b);

/*
 * Returns 0 if the snapshots are comparable, or -ENODATA if one of them lacks the accounts of the
 * debug module. Returns -ESTALE for different or unknown boots, and -EXDEV if the module was
 * reloaded between the snapshots or the time of loading is unknown.
 */
int dh_snapshot_comparable(const struct dh_snapshot *before, const struct dh_snapshot *after);

/*
 * Adds the call sites and misses whose numbers increased between comparable snapshots to `growth`,
 * which must be empty. Each number in `growth` is the increase, or unknown if the number decreased
 * because of a reset. Returns 0 or -ENOMEM. The caller clears `growth`, even after an error.
 */
int dh_snapshot_growth(const struct dh_snapshot *before, const struct dh_snapshot *after,
		       struct dh_snapshot *growth);

/*
 * Sorts call sites by finds minus puts, largest first, then by heap, module and symbol. An unknown
 * difference counts as 0.
 */
void dh_callsites_sort(struct dh_callsite *callsites, size_t n);

/* Rows of the report on callers. The strings belong to the call sites. */
struct dh_callers {
	/*
	 * One row for each module: the sums of its call sites. `symbol` is NULL. `heap` is NULL if
	 * the module uses several heaps. The row without a module sums up the call sites outside
	 * the debug module's table.
	 */
	struct dh_callsite *modules;
	size_t n_modules;
	struct dh_callsite *rows; /* the row of each module, and then its call sites */
	size_t n;
};

/*
 * Groups call sites by module. Sorts the modules as dh_callsites_sort() does, and keeps the order
 * of the call sites of a module. Returns 0 or -ENOMEM. The caller must call dh_callers_clear(),
 * even after an error.
 */
int dh_callers_make(const struct dh_callsite *callsites, size_t n, struct dh_callers *callers);
void dh_callers_clear(struct dh_callers *callers);

#endif
