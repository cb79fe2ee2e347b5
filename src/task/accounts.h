/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The accounts as they are now, or between two moments, ready to be shown.
 */
#ifndef DH_TASK_ACCOUNTS_H
#define DH_TASK_ACCOUNTS_H

#include "frame/message.h"
#include "frame/options.h"
#include "model/balance.h"
#include "model/inventory.h"
#include "model/snapshot.h"

/* Zeroed memory is a valid one that has looked at nothing. */
struct dh_accounts {
	struct dh_inventory inventory;
	struct dh_snapshot snapshot;
	int missing; /* -errno of the module's files, 0 where they were read */
	struct dh_balance *rows;
	size_t n;
	struct dh_snapshot growth; /* call sites and misses of a difference */
};

void dh_accounts_release(struct dh_accounts *accounts);

static inline void dh_auto_accounts(struct dh_accounts *accounts)
{
	dh_accounts_release(accounts);
}

/*
 * Reads heaps (all of them, or those of these names), accounts and which processes hold buffers.
 * Buffers that come and go are read again, a few times at least and for `patience` nanoseconds.
 * That the module is not there is no failure: see `missing`. Returns 0 or an exit status,
 * having said why.
 */
enum dh_status dh_accounts_read(const struct dh_env *env, const struct dh_words *heaps,
				uint64_t patience, struct dh_accounts *accounts);

/* The accounts alone, the heaps of `accounts` staying as they are. As dh_accounts_read(). */
enum dh_status dh_accounts_reread(const struct dh_env *env, struct dh_accounts *accounts);

/*
 * Makes the rows: of that moment, or with `before` of the time between. Of heaps that have
 * one of these names or classes, of all where there are none. Returns 0 or an exit status,
 * having said why: DH_EXIT_NOT_FOUND, and then the other rows are there; that is said with
 * `say` only.
 */
enum dh_status dh_accounts_compare(const struct dh_snapshot *before, const struct dh_words *heaps,
				   bool say, struct dh_accounts *after);

/*
 * What the rows come to together. Returns the exit status of a difference: 0,
 * DH_EXIT_UNBALANCED, or DH_EXIT_REFUSED where that cannot be told.
 */
enum dh_status dh_accounts_verdict(const struct dh_accounts *accounts, struct dh_audit *audit);

/* Says which heaps are not balanced, and why. */
void dh_accounts_explain(const struct dh_accounts *accounts);

/* Returns 0 or an exit status, having said why. */
enum dh_status dh_accounts_load(const char *path, struct dh_snapshot *snapshot);

/*
 * Says why two snapshots cannot be compared, `error` being what dh_snapshot_comparable()
 * answered and `path` the file of the former. Returns DH_EXIT_REFUSED.
 */
enum dh_status dh_accounts_incomparable(const char *path, int error);

#endif
