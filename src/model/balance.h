/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares the accounts of the debug module with the buffers that processes hold, and computes a
 * verdict for each heap. The comparison covers one snapshot, or the interval between two snapshots.
 */
#ifndef DH_MODEL_BALANCE_H
#define DH_MODEL_BALANCE_H

#include "model/inventory.h"
#include "model/snapshot.h"

#define DH_VERDICT_MAX 400

/* Reasons for an unknown verdict. */
enum dh_unknown {
	DH_UNKNOWN_MODULE = 1 << 0,	/* the accounts of the debug module are unavailable */
	DH_UNKNOWN_BUFFERS = 1 << 1,	/* the number of live buffers is unknown */
	DH_UNKNOWN_REFERENCES = 1 << 2, /* the number of in-kernel references is unknown */
	DH_UNKNOWN_PROCESSES = 1 << 3,	/* the list of holders is missing or incomplete */
	DH_UNKNOWN_EXPORTER = 1 << 4,	/* several heaps share the exporter name or the account */
	DH_UNKNOWN_NAME = 1 << 5,	/* the exporter of a buffer is unknown */
	DH_UNKNOWN_CHANGED = 1 << 6,	/* the number of buffers may have changed during the scan */
};

/* Numbers that dh_balance_text() formats. The text is "balanced" if all members are 0. */
struct dh_balance_verdict {
	uint64_t references; /* held in-kernel references; intervals: their increase */
	uint64_t kernel;     /* live buffers that no process holds; intervals: only leaked ones */
	uint64_t processes;  /* leaked buffers that processes hold; intervals only */
	uint64_t leaked;     /* leaked buffers with unknown holders; intervals only */
	uint64_t older;	     /* held buffers that are older than the debug module; intervals: older
				buffers that were freed */
	uint64_t old_puts;   /* released references that are older than the debug module: the number
				of held references may be too small */
	uint64_t missed_calls; /* calls that the probes missed, plus the figure `unseen` */
	unsigned int unknown;  /* flags of enum dh_unknown */
};

/* Result for one heap. The snapshot or the inventory owns `heap`. */
struct dh_balance {
	const char *heap; /* NULL: sum of the heaps outside the module's table */
	/*
	 * For an interval, the change of each figure. The change of a state, such as refs or live,
	 * and of the four numbers below can be negative: cast it to int64_t. For a peak, the value
	 * at the end of the interval, or unknown if the peak did not rise in the interval.
	 */
	struct dh_maybe figures[DH_FIGURES];
	struct dh_maybe seen, seen_bytes;     /* buffers that processes hold */
	struct dh_maybe kernel, kernel_bytes; /* live buffers that no process holds */
	/* States at the end of the interval; without an interval, the same as in `figures`. */
	struct dh_maybe refs_now, live_now, live_bytes_now;
	struct dh_maybe region_size, region_used; /* bytes of the heap's region */
	struct dh_maybe charging; /* 0 or 1: the system heap charges buffers to memory cgroups */
	struct dh_maybe missed;	  /* calls that the probes missed, for all heaps together */
	/* Buckets as text; intervals: their increase. "" if all are 0, or if they are unknown. */
	char errnos[512];   /* "ENOMEM:3,EINVAL:1": 3 allocations failed with ENOMEM */
	char latency[2560]; /* "4096:3,8192:90": 3 allocations took 4096 to 8191 nanoseconds */
	bool errnos_known;
	bool latency_known;
	struct dh_balance_verdict verdict;
	char text[DH_VERDICT_MAX]; /* verdict as text */
};

/* Result for all heaps. */
struct dh_audit {
	struct dh_balance_verdict verdict;
	char text[DH_VERDICT_MAX];
	bool counted;		 /* the accounts of the debug module are available */
	struct dh_maybe missed;	 /* calls that the probes missed */
	struct dh_maybe elapsed; /* nanoseconds between the snapshots */
	struct dh_maybe status;	 /* exit status of the command, or 128 plus a signal number */
};

/*
 * Creates a row for each heap of the inventory and of the snapshots, in natural order of the names,
 * with the NULL heap last. If `before` is not NULL, the rows describe the interval, and the
 * snapshots must be comparable (dh_snapshot_comparable()). Returns 0 and sets `*rows` to an array
 * of `*n` rows that the caller frees, or returns -ENOMEM.
 */
int dh_balance_make(const struct dh_inventory *inventory, const struct dh_snapshot *before,
		    const struct dh_snapshot *after, struct dh_balance **rows, size_t *n);

/* Bucket of a latency histogram. */
struct dh_bar {
	const char *heap;
	uint64_t from;	  /* the allocations took at least this number of nanoseconds */
	uint64_t count;	  /* number of allocations */
	uint64_t largest; /* largest count in the bars of the heap */
};

/*
 * For each row, creates a bar for each bucket from the shortest to the longest latency of the row,
 * including empty buckets. A row without a known latency has no bars. Returns 0 or -ENOMEM. The
 * caller frees the array `*bars` of `*n_bars` elements, even after an error.
 */
int dh_histogram_make(const struct dh_balance *rows, size_t n, struct dh_bar **bars,
		      size_t *n_bars);

/* Sets `total` to the combined verdict on all rows. */
void dh_balance_total(const struct dh_balance *rows, size_t n, struct dh_balance_verdict *total);

/*
 * Returns true if the verdict contains held references, leaked buffers, or live buffers that no
 * process holds.
 */
bool dh_balance_leaks(const struct dh_balance_verdict *verdict);

/*
 * Returns true if the verdict contains no unknown parts, no missed calls, and no released
 * references that are older than the debug module.
 */
bool dh_balance_exact(const struct dh_balance_verdict *verdict);

/* Formats the verdict: "balanced" or "references held 1, kernel holds 2". Returns `out`. */
const char *dh_balance_text(const struct dh_balance_verdict *verdict, char out[DH_VERDICT_MAX]);

#endif
