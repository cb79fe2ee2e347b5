/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was counted: snapshots of the accounts, and the difference of two.
 *
 * Plain records, filled in by discover/. Strings belong to the snapshot. model/balance.h makes
 * verdicts of them.
 */
#ifndef DH_MODEL_SNAPSHOT_H
#define DH_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dmaheap_debug.h"

#include "base/maybe.h"

/* The figures of a heap, DH_FIGURE_finds and so on: dmaheap_debug(4) has their meaning. */
enum dh_figure {
#define DH_FIGURE(KEY, GROUP) DH_FIGURE_##KEY,
	DMAHEAP_DEBUG_FIGURES(DH_FIGURE)
#undef DH_FIGURE
		DH_FIGURES,
};

/* Figures of one group are counted, or not, together. */
enum dh_group {
	DH_GROUP_FINDS,
	DH_GROUP_PUTS,
	DH_GROUP_REFS,
	DH_GROUP_OPENS,
	DH_GROUP_CLOSES,
	DH_GROUP_ALLOCS,
	DH_GROUP_BYTES,
	DH_GROUP_KALLOCS,
	DH_GROUP_LIVE,
	DH_GROUP_FREES,
	DH_GROUPS,
};

/* "finds", as the module's files and saved snapshots have it. */
const char *dh_figure_key(enum dh_figure figure);
enum dh_group dh_figure_group(enum dh_figure figure);

/* Failures by errno, -1 being those that found no place; successes by log2 of nanoseconds. */
struct dh_bucket {
	int number;
	uint64_t count;
};

struct dh_account {
	char *heap;    /* NULL: those that found no place in the module's table */
	bool exporter; /* that is no heap as yet, as far as the module knows: only `older` */
	struct dh_maybe figures[DH_FIGURES];
	struct dh_bucket *errnos;
	size_t n_errnos;
	struct dh_bucket *latency;
	size_t n_latency;
};

struct dh_callsite {
	char *heap; /* these three are NULL for those that found no place */
	char *module;
	char *symbol; /* "function+0x1c" */
	struct dh_maybe finds, puts, kallocs;
};

struct dh_miss {
	char *name; /* that was looked for; NULL: those that found no place */
	struct dh_maybe count;
};

/* Buffers by the name of their exporter, which for most heaps is the heap's. */
struct dh_exporter_count {
	char *exporter;
	uint64_t buffers, bytes;       /* that processes hold */
	uint64_t unheld, unheld_bytes; /* that none does */
};

/* Zeroed memory is a snapshot of nothing. */
struct dh_snapshot {
	char boot_id[64];	  /* "" where it is not known */
	struct dh_maybe charging; /* 0 or 1: heaps charge memory cgroups */

	bool counted;		/* the module was there; without it all until `scanned` is empty */
	bool groups[DH_GROUPS]; /* that are counted, for heaps that have no account yet */
	bool no_finds;		/* this kernel has no function that finds heaps */
	char *refused;		/* the probes that the kernel refused, "a, b"; NULL: none */
	struct dh_maybe loaded, now, reset; /* monotonic nanoseconds */
	struct dh_maybe missed;		    /* calls that the probes did not see */
	struct dh_account *accounts;
	size_t n_accounts;
	struct dh_callsite *callsites;
	size_t n_callsites;
	struct dh_miss *misses;
	size_t n_misses;

	bool scanned; /* at the processes; without it all below is empty */
	bool listed;  /* the kernel listed all buffers, so that `unheld` of the uses counts */
	/* What makes the uses inexact: */
	bool scan_incomplete;  /* some processes could not be looked at */
	bool exporter_unknown; /* the exporter of some buffer is unknown: it may be any heap's */
	bool buffers_changed;  /* buffers came or went while accounts and processes were read */
	struct dh_exporter_count *exporters;
	size_t n_exporters;
};

void dh_snapshot_clear(struct dh_snapshot *snapshot);

static inline void dh_auto_snapshot(struct dh_snapshot *snapshot)
{
	dh_snapshot_clear(snapshot);
}

/*
 * Version of the format of saved snapshots. Raise it when a key changes its meaning or goes away,
 * and when one is added that a reader needs.
 */
#define DH_SNAPSHOT_SCHEMA 2

/* json-c reads larger numbers as this one, so that a figure of this size is not saved. */
#define DH_SNAPSHOT_NUMBER_MAX INT64_MAX

/*
 * Of each list below, more are not read: -EFBIG. The module's own tables have 192 heaps, 256
 * call sites and 64 misses, and looking for one in a list takes as long as the list is.
 */
#define DH_RECORDS_MAX 4096

/*
 * Room for one more, zeroed, or NULL without memory. Adding moves the array: keep no
 * pointer to a record across it.
 */
struct dh_account *dh_snapshot_add_account(struct dh_snapshot *snapshot);
struct dh_callsite *dh_snapshot_add_callsite(struct dh_snapshot *snapshot);
struct dh_miss *dh_snapshot_add_miss(struct dh_snapshot *snapshot);
int dh_buckets_add(struct dh_bucket **shares, size_t *n, int number, uint64_t count);

/* Counts a buffer, which a process holds or none. To be called once for each. 0 or -ENOMEM. */
int dh_snapshot_add_buffer(struct dh_snapshot *snapshot, const char *exporter, bool held,
			   uint64_t bytes);

/* The one of that name, NULL being a name as well, or NULL. */
const struct dh_account *dh_snapshot_account(const struct dh_snapshot *snapshot, const char *heap);
const struct dh_exporter_count *dh_snapshot_exporter(const struct dh_snapshot *snapshot,
						     const char *exporter);

/*
 * A figure of the heap: that of its account, or 0 where it has none and the module would
 * have counted it.
 */
struct dh_maybe dh_snapshot_figure(const struct dh_snapshot *snapshot, const char *heap,
				   enum dh_figure figure);

/* Has no buffer come or gone between the two, as far as the accounts tell? */
bool dh_snapshot_same_buffers(const struct dh_snapshot *a, const struct dh_snapshot *b);

/*
 * May the two be compared? 0; -ENODATA where one was taken without the module; -ESTALE
 * where they are of different boots, or it is not known; -EXDEV where the module was loaded
 * anew between them.
 */
int dh_snapshot_comparable(const struct dh_snapshot *before, const struct dh_snapshot *after);

/*
 * What a figure that only grows has grown by. Unknown where either is, and where it has
 * shrunk, since then it was reset.
 */
struct dh_maybe dh_growth(struct dh_maybe before, struct dh_maybe after);

/*
 * The call sites, and the names looked for in vain, with what they grew by, those left
 * out that did not. Comparable snapshots only. 0 or -ENOMEM; `grown` gets these two lists
 * alone and is to be cleared.
 */
int dh_snapshot_growth(const struct dh_snapshot *before, const struct dh_snapshot *after,
		       struct dh_snapshot *grown);

/* Call sites by what they found and did not put, largest first, then by name. */
void dh_callsites_sort(struct dh_callsite *callsites, size_t n);

/* Finds less puts; unknown where either is. `*negative` says that there are more puts. */
struct dh_maybe dh_callsite_difference(const struct dh_callsite *callsite, bool *negative);

#endif
