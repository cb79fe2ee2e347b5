/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The accounts as they are now, or between two moments, ready to be shown.
 */
#ifndef DH_CLI_AUDIT_H
#define DH_CLI_AUDIT_H

#include "cli/command.h"
#include "cli/options.h"
#include "model/balance.h"
#include "model/inventory.h"
#include "model/ledger.h"

/* Zeroed memory is a valid one that has looked at nothing. */
struct dh_examination {
	struct dh_inventory inventory;
	struct dh_snapshot snapshot;
	int missing; /* -errno of the module's files, 0 where they were read */
	struct dh_balance *rows;
	size_t n;
	struct dh_snapshot grown; /* call sites and misses of a difference */
};

void dh_examination_release(struct dh_examination *examination);

static inline void dh_auto_examination(struct dh_examination *examination)
{
	dh_examination_release(examination);
}

/*
 * Reads heaps (all of them, or those of these names), accounts and which processes hold buffers.
 * Buffers that come and go are read again, a few times at least and for `patience` nanoseconds.
 * That the module is not there is no failure: see `missing`. Returns 0 or an exit status,
 * having said why.
 */
int dh_examine(struct dh_context *context, const struct dh_words *heaps, uint64_t patience,
	       struct dh_examination *examination);

/* The accounts alone, the heaps of `examination` staying as they are. As dh_examine(). */
int dh_examine_accounts(struct dh_context *context, struct dh_examination *examination);

/* Of CLOCK_MONOTONIC, in nanoseconds. */
uint64_t dh_audit_clock(void);

/*
 * Makes the rows: of that moment, or with `before` of the time between. Of heaps that have
 * one of these names or classes, of all where there are none. Returns 0 or an exit status,
 * having said why: DH_EXIT_NOT_FOUND, and then the other rows are there; that is said with
 * `say` only.
 */
int dh_examination_compare(const struct dh_snapshot *before, const struct dh_words *heaps, bool say,
			   struct dh_examination *after);

/*
 * What the rows come to together. Returns the exit status of a difference: 0,
 * DH_EXIT_UNBALANCED, or DH_EXIT_REFUSED where that cannot be told.
 */
int dh_examination_audit(const struct dh_examination *examination, struct dh_audit *audit);

/* Says which heaps are not balanced, and why. */
void dh_examination_complain(const struct dh_examination *examination);

/*
 * Where accounts are to be saved. A file is written beside its place and renamed at the end, so
 * that a failure leaves the former one as it was; a device or a pipe is written directly.
 * Zeroed memory is nowhere.
 */
struct dh_saving {
	char *path;   /* the file's own, symlinks followed */
	char *beside; /* NULL: there is nothing to rename */
	FILE *file;
};

/* Both return 0 or an exit status, having said why. `path` NULL: nowhere, and nothing is done. */
int dh_saving_begin(const char *path, struct dh_saving *saving);
int dh_saving_end(struct dh_saving *saving, const struct dh_snapshot *snapshot);

/* Removes what was not saved. */
void dh_saving_release(struct dh_saving *saving);

static inline void dh_auto_saving(struct dh_saving *saving)
{
	dh_saving_release(saving);
}

/* Returns 0 or an exit status, having said why. */
int dh_audit_load(const char *path, struct dh_snapshot *snapshot);

/*
 * Says why two snapshots cannot be compared, `error` being what dh_snapshot_comparable()
 * answered and `path` the file of the former. Returns DH_EXIT_REFUSED.
 */
int dh_audit_incomparable(const char *path, int error);

#endif
