// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/diagnose.h"
#include "cli/status.h"
#include "discover/counters.h"
#include "discover/discover.h"
#include "discover/holders.h"
#include "discover/snapshot.h"
#include "present/snapshot.h"

void dh_examination_release(struct dh_examination *examination)
{
	free(examination->rows);
	dh_snapshot_clear(&examination->snapshot);
	dh_snapshot_clear(&examination->grown);
	dh_inventory_clear(&examination->inventory);
	*examination = (struct dh_examination){ 0 };
}

/* What processes hold, summed up by exporter. A /proc that cannot be read leaves it unknown. */
static int look(const struct dh_context *context, struct dh_snapshot *snapshot)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	int ret = dh_holders_read(&context->root, &holders);

	if (ret == -ENOMEM)
		return ret;
	if (ret) {
		dh_note(&context->log, "processes: %s", dh_error_text(-ret));
		return 0;
	}
	/* There is always one: the folder is not that of a system. */
	if (!holders.n_processes)
		return 0;
	snapshot->looked = true;
	snapshot->listed = holders.listed;
	snapshot->partly = dh_holders_incomplete(&holders);
	for (size_t i = 0; i < holders.n_buffers; i++) {
		const struct dh_held_buffer *buffer = &holders.buffers[i];
		bool held = buffer->n_holders > 0;

		if (!buffer->exporter) {
			snapshot->unnamed = true;
			continue;
		}
		ret = dh_snapshot_saw(snapshot, buffer->exporter, held,
				      buffer->size.known ? buffer->size.value : 0);
		if (ret)
			return ret;
	}
	return 0;
}

uint64_t dh_audit_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Attempts at least, where buffers come and go during each. */
#define ATTEMPTS 4

static int read_accounts(const struct dh_context *context, struct dh_examination *examination)
{
	struct dh_snapshot *snapshot = &examination->snapshot;

	dh_snapshot_clear(snapshot);
	dh_counters_read_kernel(&context->root, snapshot);
	examination->missing = dh_counters_read(&context->root, snapshot);
	return examination->missing == -ENOMEM ? -ENOMEM : 0;
}

/*
 * The accounts, and the processes that hold buffers, of one moment: the kernel gives them one
 * after the other, so they are read until nothing has happened in between. Where something
 * always happens, the snapshot says so.
 */
static int read_moment(const struct dh_context *context, uint64_t patience,
		       struct dh_examination *examination)
{
	struct dh_snapshot *snapshot = &examination->snapshot;
	uint64_t began = dh_audit_clock();

	for (int attempt = 1;; attempt++) {
		dh_auto(snapshot) struct dh_snapshot again = { 0 };
		int ret = read_accounts(context, examination);

		if (!ret)
			ret = look(context, snapshot);
		if (ret || examination->missing || !snapshot->looked)
			return ret;
		ret = dh_counters_read(&context->root, &again);
		if (ret == -ENOMEM || (!ret && dh_snapshot_same_buffers(snapshot, &again)))
			return ret;
		if (ret || (attempt >= ATTEMPTS && dh_audit_clock() - began >= patience)) {
			snapshot->unsettled = true;
			return 0;
		}
		dh_note(&context->log, "buffers came or went during it: once more");
	}
}

/* All heaps are looked at only where one of these names is a class, or no heap's. */
static int discover(const struct dh_context *context, const struct dh_words *heaps,
		    struct dh_inventory *inventory)
{
	int ret = heaps->n ? 0 : -ENOENT;

	for (size_t i = 0; i < heaps->n && !ret; i++)
		ret = dh_discover_heap(&context->root, heaps->each[i], inventory);
	if (!ret)
		return 0;
	dh_inventory_clear(inventory);
	return dh_discover(&context->root, DH_WANT_HEAPS, inventory);
}

int dh_examine(struct dh_context *context, const struct dh_words *heaps, uint64_t patience,
	       struct dh_examination *examination)
{
	int ret = discover(context, heaps, &examination->inventory);

	if (ret)
		return dh_fail(dh_status_of(ret), "reading the heaps: %s", strerror(-ret));
	ret = read_moment(context, patience, examination);
	if (ret) {
		/* A snapshot that was read in part must not be saved. */
		dh_snapshot_clear(&examination->snapshot);
		return dh_fail(DH_EXIT_REFUSED, "reading the accounts: %s", strerror(-ret));
	}
	if (examination->snapshot.unsettled)
		dh_remark(context,
			  "buffers came and went while they were counted, so what the kernel holds "
			  "is unknown; --settle tries for longer");
	return DH_EXIT_DONE;
}

int dh_examine_accounts(struct dh_context *context, struct dh_examination *examination)
{
	int ret = read_accounts(context, examination);

	return ret ? dh_fail(DH_EXIT_REFUSED, "reading the accounts: %s", strerror(-ret))
		   : DH_EXIT_DONE;
}

/* Is it the heap of that name, or one of that class? */
static bool is_meant(const struct dh_inventory *inventory, const char *heap, const char *what)
{
	const struct dh_heap *known;
	enum dh_heap_kind kind = dh_kind_by_name(what);
	const char *reason;

	if (!heap)
		return false;
	if (!strcmp(heap, what))
		return true;
	if (kind == DH_KIND_UNKNOWN || dh_inventory_find(inventory, what))
		return false;
	known = dh_inventory_find(inventory, heap);
	return (known ? known->kind : dh_kind_from_name(heap, &reason)) == kind;
}

/* Leaves the rows that are asked for. */
static int pick(const struct dh_words *heaps, bool say, struct dh_examination *examination)
{
	int status = DH_EXIT_DONE;
	char safe[256];
	size_t kept = 0;

	for (size_t i = 0; i < heaps->n; i++) {
		bool found = false;

		for (size_t j = 0; j < examination->n && !found; j++)
			found = is_meant(&examination->inventory, examination->rows[j].heap,
					 heaps->each[i]);
		if (found)
			continue;
		status = DH_EXIT_NOT_FOUND;
		if (say)
			dh_fail(DH_EXIT_NOT_FOUND,
				"no heap '%s'; 'dmaheapctl accounting' has those that are known",
				dh_text_escape_into(heaps->each[i], safe, sizeof(safe)));
	}
	for (size_t i = 0; i < examination->n; i++) {
		bool wanted = !heaps->n;

		for (size_t j = 0; j < heaps->n && !wanted; j++)
			wanted = is_meant(&examination->inventory, examination->rows[i].heap,
					  heaps->each[j]);
		if (wanted)
			examination->rows[kept++] = examination->rows[i];
	}
	examination->n = kept;
	return status;
}

/* Call sites are a heap's, too: leaves those of heaps that are shown. */
static void pick_callsites(struct dh_examination *examination)
{
	struct dh_snapshot *grown = &examination->grown;
	size_t kept = 0;

	for (size_t i = 0; i < grown->n_callsites; i++) {
		struct dh_callsite callsite = grown->callsites[i];
		bool wanted = false;

		for (size_t j = 0; callsite.heap && j < examination->n && !wanted; j++)
			wanted = examination->rows[j].heap &&
				 !strcmp(examination->rows[j].heap, callsite.heap);
		if (wanted) {
			grown->callsites[kept++] = callsite;
			continue;
		}
		free(callsite.heap);
		free(callsite.module);
		free(callsite.symbol);
	}
	grown->n_callsites = kept;
}

int dh_examination_compare(const struct dh_snapshot *before, const struct dh_words *heaps, bool say,
			   struct dh_examination *after)
{
	const struct dh_snapshot nothing = { 0 };
	int ret;

	free(after->rows);
	after->rows = NULL;
	after->n = 0;
	dh_snapshot_clear(&after->grown);
	ret = dh_balance_make(&after->inventory, before, &after->snapshot, &after->rows, &after->n);
	if (!ret)
		ret = dh_snapshot_growth(before ? before : &nothing, &after->snapshot,
					 &after->grown);
	if (ret)
		return dh_fail(DH_EXIT_REFUSED, "comparing the accounts: %s", strerror(-ret));
	ret = pick(heaps, say, after);
	if (heaps->n)
		pick_callsites(after);
	dh_callsites_sort(after->grown.callsites, after->grown.n_callsites);
	return ret;
}

int dh_examination_audit(const struct dh_examination *examination, struct dh_audit *audit)
{
	dh_balance_total(examination->rows, examination->n, &audit->verdict);
	if (!examination->snapshot.counted)
		audit->verdict.unseen |= DH_UNSEEN_MODULE;
	dh_verdict_text(&audit->verdict, audit->words);
	audit->counted = examination->snapshot.counted;
	if (!audit->missed.known)
		audit->missed = examination->snapshot.missed;
	if (dh_balance_left(&audit->verdict))
		return DH_EXIT_UNBALANCED;
	return dh_balance_exact(&audit->verdict) ? DH_EXIT_DONE : DH_EXIT_REFUSED;
}

void dh_examination_complain(const struct dh_examination *examination)
{
	for (size_t i = 0; i < examination->n; i++) {
		const struct dh_balance *row = &examination->rows[i];
		char safe[256];

		if (dh_balance_left(&row->verdict))
			dh_fail(DH_EXIT_UNBALANCED, "heap '%s': %s",
				row->heap ? dh_text_escape_into(row->heap, safe, sizeof(safe))
					  : "(other)",
				row->words);
		else if (!dh_balance_exact(&row->verdict))
			dh_fail(DH_EXIT_REFUSED, "heap '%s': cannot be told: %s",
				row->heap ? dh_text_escape_into(row->heap, safe, sizeof(safe))
					  : "(other)",
				row->words);
	}
}

static int fail_on_file(const char *doing, const char *path, int error)
{
	char safe[256];

	return dh_fail(DH_EXIT_REFUSED, "%s '%s': %s", doing,
		       dh_text_escape_into(path, safe, sizeof(safe)), strerror(-error));
}

void dh_saving_release(struct dh_saving *saving)
{
	if (saving->file)
		fclose(saving->file);
	if (saving->beside)
		unlink(saving->beside);
	free(saving->beside);
	free(saving->path);
	*saving = (struct dh_saving){ 0 };
}

/* A file beside saving->path, of the mode `mode`. 0 or -errno. */
static int open_beside(struct dh_saving *saving, mode_t mode)
{
	dh_auto(fd) int fd = -1;

	if (asprintf(&saving->beside, "%s.XXXXXX", saving->path) < 0) {
		saving->beside = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(saving->beside, O_CLOEXEC);
	if (fd < 0) {
		int ret = -errno;

		free(dh_steal_ptr(saving->beside));
		return ret;
	}
	if (fchmod(fd, mode))
		return -errno;
	saving->file = fdopen(fd, "we");
	if (!saving->file)
		return -errno;
	dh_steal_fd(&fd);
	return 0;
}

static int open_saving(const char *path, struct dh_saving *saving)
{
	mode_t mask = umask(0);
	struct stat facts;

	umask(mask);
	if (!stat(path, &facts)) {
		/* A link stays one: what it leads to is replaced. */
		saving->path = S_ISREG(facts.st_mode) ? realpath(path, NULL) : strdup(path);
		if (!saving->path)
			return -errno;
		if (S_ISREG(facts.st_mode))
			return access(path, W_OK) ? -errno
						  : open_beside(saving, facts.st_mode & 0777);
		saving->file = fopen(path, "we");
		return saving->file ? 0 : -errno;
	}
	if (errno != ENOENT)
		return -errno;
	saving->path = strdup(path);
	return saving->path ? open_beside(saving, 0666 & ~mask) : -ENOMEM;
}

int dh_saving_begin(const char *path, struct dh_saving *saving)
{
	int ret = path ? open_saving(path, saving) : 0;

	return ret ? fail_on_file("saving to", path, ret) : DH_EXIT_DONE;
}

int dh_saving_end(struct dh_saving *saving, const struct dh_snapshot *snapshot)
{
	int ret;

	if (!saving->file)
		return DH_EXIT_DONE;
	ret = dh_snapshot_write(saving->file, snapshot);
	if (fclose(dh_steal_ptr(saving->file)) && !ret)
		ret = -errno;
	if (!ret && saving->beside && rename(saving->beside, saving->path))
		ret = -errno;
	if (ret)
		return fail_on_file("saving to", saving->path, ret);
	free(dh_steal_ptr(saving->beside));
	return DH_EXIT_DONE;
}

int dh_audit_load(const char *path, struct dh_snapshot *snapshot)
{
	dh_auto(file) FILE *file = fopen(path, "re");
	char safe[256];
	int ret;

	dh_text_escape_into(path, safe, sizeof(safe));
	if (!file)
		return fail_on_file("reading", path, -errno);
	ret = dh_snapshot_read(file, snapshot);
	if (ret == -EBADMSG)
		return dh_fail(DH_EXIT_REFUSED, "reading '%s': no snapshot as --save makes them",
			       safe);
	if (ret == -EPROTO)
		return dh_fail(DH_EXIT_REFUSED,
			       "reading '%s': a snapshot of another version of this program", safe);
	return ret ? fail_on_file("reading", path, ret) : DH_EXIT_DONE;
}

int dh_audit_incomparable(const char *path, int error)
{
	char safe[256];
	const char *why = strerror(-error);

	if (error == -ESTALE)
		why = "it is from another boot";
	else if (error == -EXDEV)
		why = "the module " DMAHEAP_DEBUG_MODULE " was loaded anew since";
	else if (error == -ENODATA)
		why = "it was taken without the module " DMAHEAP_DEBUG_MODULE;
	return dh_fail(DH_EXIT_REFUSED, "nothing to compare with in '%s': %s",
		       dh_text_escape_into(path, safe, sizeof(safe)), why);
}
