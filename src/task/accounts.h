/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and resets the accounts of the heaps, compares them with an earlier snapshot, and prints
 * messages about them. Functions that return a status print the error, if any.
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
	int module_error;	 /* 0, or -errno from reading the files of dmaheap_debug */
	struct dh_balance *rows; /* set by dh_accounts_compare() */
	size_t n;		 /* number of rows */
	struct dh_bar *bars;	 /* latencies of `rows`; set by dh_accounts_compare() */
	size_t n_bars;
	/* Call sites and missed calls of the interval or, without an interval, of the snapshot. */
	struct dh_snapshot growth;
	struct dh_callers callers; /* call sites of `growth`, by module */
};

void dh_accounts_release(struct dh_accounts *accounts);

static inline void dh_auto_accounts(struct dh_accounts *accounts)
{
	dh_accounts_release(accounts);
}

/*
 * Reads the heaps, the accounts of dmaheap_debug, and the live buffers with and without holders. If
 * `heaps` is not empty and contains only names of registered heaps, reads only these heaps into the
 * inventory.
 *
 * If the accounts show that buffers were allocated or freed during a read, reads again. Gives up
 * after the fourth attempt, but not before `retry_time` nanoseconds have passed. If it gives up, or
 * cannot read the accounts a second time, prints a remark and sets snapshot.buffers_changed.
 *
 * A missing or unreadable module is not an error, and only sets `module_error`.
 */
enum dh_status dh_accounts_read(const struct dh_env *env, const struct dh_words *heaps,
				uint64_t retry_time, struct dh_accounts *accounts);

/*
 * Replaces the snapshot with one that contains new accounts of dmaheap_debug, but does not count
 * the live buffers.
 */
enum dh_status dh_accounts_reread(const struct dh_env *env, struct dh_accounts *accounts);

/*
 * Prints an error and returns its status if the accounts of dmaheap_debug could not be read.
 * Otherwise, returns DH_EXIT_DONE.
 */
enum dh_status dh_accounts_check_module(const struct dh_env *env,
					const struct dh_accounts *accounts);

/*
 * Resets the accounts of the heaps in `heaps`, or of all heaps if it is empty. Prints a remark for
 * a heap without an account.
 */
enum dh_status dh_accounts_reset(const struct dh_env *env, const struct dh_words *heaps);

/*
 * Computes after->rows, after->bars, after->growth and after->callers for the interval since
 * `before`, or for the snapshot alone if `before` is NULL. `heaps` selects rows by name, class or
 * shell pattern; if it is empty, it selects all rows.
 *
 * DH_EXIT_NOT_FOUND means that a word in `heaps` matches no row; the rows of the other words are
 * valid, and the error is printed only if `verbose` is true.
 */
enum dh_status dh_accounts_compare(const struct dh_env *env, const struct dh_snapshot *before,
				   const struct dh_words *heaps, bool verbose,
				   struct dh_accounts *after);

/*
 * Computes the verdict on all rows together, and stores it in `audit`. Prints nothing. Returns
 * DH_EXIT_UNBALANCED if the verdict contains leaks. Otherwise, returns DH_EXIT_ERROR if figures are
 * unknown or the module missed calls, else DH_EXIT_DONE.
 */
enum dh_status dh_accounts_verdict(const struct dh_accounts *accounts, struct dh_audit *audit);

/* Prints an error for each row with leaks, unknown figures or missed calls. */
void dh_accounts_explain(const struct dh_accounts *accounts);

/*
 * Prints a remark if the module could not track all buffers: its table of live buffers was full, or
 * a probe missed buffers. The remark suggests a size for the table.
 */
void dh_accounts_remark_untracked(const struct dh_env *env, const struct dh_snapshot *snapshot);

/* Reads the snapshot in the file `path`. */
enum dh_status dh_accounts_load(const char *path, struct dh_snapshot *snapshot);

/*
 * Prints an error for a snapshot that cannot be compared. `path` is its file, and `error` is the
 * result of dh_snapshot_comparable(). Returns DH_EXIT_ERROR.
 */
enum dh_status dh_accounts_incomparable(const char *path, int error);

#endif
