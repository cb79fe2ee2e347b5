/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The accounts of the heaps at one time, or over an interval, as rows for output.
 */
#ifndef DH_TASK_ACCOUNTS_H
#define DH_TASK_ACCOUNTS_H

#include "frame/message.h"
#include "frame/options.h"
#include "model/balance.h"
#include "model/inventory.h"
#include "model/snapshot.h"

/* Zeroed memory is valid: nothing was read. */
struct dh_accounts {
	struct dh_inventory inventory;
	struct dh_snapshot snapshot;
	int module_error; /* -errno of reading the files of dmaheap_debug, or 0 */
	struct dh_balance *rows;
	size_t n;
	struct dh_snapshot growth; /* call sites and misses of the interval */
};

void dh_accounts_release(struct dh_accounts *accounts);

static inline void dh_auto_accounts(struct dh_accounts *accounts)
{
	dh_accounts_release(accounts);
}

/*
 * Reads the heaps (all, or those in `heaps`), the accounts of dmaheap_debug, and the buffers that
 * processes hold. Retries if buffers are allocated or freed during the read: a few times, and
 * for at least `retry_time` nanoseconds. A missing module is not an error, see `module_error`.
 * Returns a status; prints the error, if any.
 */
enum dh_status dh_accounts_read(const struct dh_env *env, const struct dh_words *heaps,
				uint64_t retry_time, struct dh_accounts *accounts);

/* Reads only the accounts of dmaheap_debug again. Returns a status; prints the error, if any. */
enum dh_status dh_accounts_reread(const struct dh_env *env, struct dh_accounts *accounts);

/*
 * Computes the rows: at one time, or with `before` over the interval. `heaps` selects rows by
 * name or class; empty selects all. Returns a status; prints the error, if any. DH_EXIT_NOT_FOUND
 * means that a heap is missing; the other rows are valid, and only `verbose` prints the error.
 */
enum dh_status dh_accounts_compare(const struct dh_snapshot *before, const struct dh_words *heaps,
				   bool verbose, struct dh_accounts *after);

/*
 * Computes the verdict on all rows together. Returns 0 if they balance, DH_EXIT_UNBALANCED, or
 * DH_EXIT_ERROR if the verdict is unknown.
 */
enum dh_status dh_accounts_verdict(const struct dh_accounts *accounts, struct dh_audit *audit);

/* Prints an error for each heap that does not balance. */
void dh_accounts_explain(const struct dh_accounts *accounts);

/* Reads a file that --save wrote. Returns a status; prints the error, if any. */
enum dh_status dh_accounts_load(const char *path, struct dh_snapshot *snapshot);

/*
 * Prints why the snapshot from the file `path` cannot be compared; `error` is the result of
 * dh_snapshot_comparable(). Returns DH_EXIT_ERROR.
 */
enum dh_status dh_accounts_incomparable(const char *path, int error);

#endif
