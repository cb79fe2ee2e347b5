/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do the books balance? What the kernel did with each heap beside what processes hold,
 * at one moment or between two, and a verdict.
 */
#ifndef DH_MODEL_BALANCE_H
#define DH_MODEL_BALANCE_H

#include "model/inventory.h"
#include "model/snapshot.h"

#define DH_VERDICT_MAX 320

/* What a verdict knows nothing of. */
enum dh_unknown {
	DH_UNKNOWN_MODULE = 1 << 0,	/* the debug module is not there */
	DH_UNKNOWN_BUFFERS = 1 << 1,	/* nobody counts live buffers */
	DH_UNKNOWN_REFERENCES = 1 << 2, /* finds or puts are not both counted */
	DH_UNKNOWN_PROCESSES = 1 << 3,	/* what processes hold, as far as it is needed */
	DH_UNKNOWN_EXPORTER = 1 << 4,	/* which buffers in processes are this heap's */
	DH_UNKNOWN_NAME = 1 << 5,	/* the exporter of a buffer that a process holds */
	DH_UNKNOWN_CHANGED = 1 << 6,	/* buffers came or went while they were counted */
};

/* A heap is balanced where all of these are 0. */
struct dh_balance_verdict {
	uint64_t references;   /* found and not put */
	uint64_t kernel;       /* buffers that no process holds */
	uint64_t processes;    /* buffers left in processes; of a difference only */
	uint64_t left;	       /* buffers left, held by whom is not known; likewise */
	uint64_t older;	       /* buffers and references that were there before the module */
	uint64_t missed_calls; /* calls that the account may have missed */
	unsigned int unknown;  /* of enum dh_unknown */
};

/* One heap. Names are borrowed from the snapshot or the inventory. */
struct dh_balance {
	const char *heap;			  /* NULL: those that found no place */
	struct dh_maybe figures[DH_FIGURES];	  /* of a difference: the growth, but for what is
						     now: refs, live, peak and what was kept */
	struct dh_maybe seen, seen_bytes;	  /* buffers that processes hold */
	struct dh_maybe kernel, kernel_bytes;	  /* live ones that none does */
	struct dh_maybe refs_left;		  /* of a difference: refs more than before */
	struct dh_maybe left, left_bytes;	  /* of a difference: live ones more than before */
	struct dh_maybe region_size, region_used; /* bytes of the CMA region; by everybody */
	struct dh_maybe charging;
	struct dh_maybe missed;
	/* Of a difference both have the growth; "" where there is none, or it is unknown. */
	char errnos[512];   /* "ENOMEM:3,EINVAL:1" */
	char latency[1024]; /* "12:3,13:90": 3 took 2^12 to 2^13 nanoseconds */
	struct dh_balance_verdict verdict;
	char text[DH_VERDICT_MAX]; /* the verdict's */
};

/* About all rows together. */
struct dh_audit {
	struct dh_balance_verdict verdict;
	char text[DH_VERDICT_MAX];
	bool counted;		 /* the module was there */
	struct dh_maybe missed;	 /* calls that no probe saw */
	struct dh_maybe elapsed; /* nanoseconds between the two moments */
	struct dh_maybe status; /* of the command, 128 and the signal's number where one ended it */
};

/*
 * A row for each heap that the inventory, or an account of either snapshot, has, in name
 * order, what found no place last. With `before`, which has to be comparable, rows are the
 * difference. 0 and an array that the caller frees, or -ENOMEM.
 */
int dh_balance_make(const struct dh_inventory *inventory, const struct dh_snapshot *before,
		    const struct dh_snapshot *after, struct dh_balance **rows, size_t *n);

/* The verdict on all of them. */
void dh_balance_total(const struct dh_balance *rows, size_t n, struct dh_balance_verdict *total);

bool dh_balance_left(const struct dh_balance_verdict *verdict);	 /* references or buffers */
bool dh_balance_exact(const struct dh_balance_verdict *verdict); /* nothing unseen or missed */

/* "balanced", or "references held 1, kernel holds 2", "unknown: ...". Returns `out`. */
const char *dh_balance_text(const struct dh_balance_verdict *verdict, char out[DH_VERDICT_MAX]);

#endif
