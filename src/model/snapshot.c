// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"

static const struct {
	const char *key;
	enum dh_group group;
} figures[] = {
#define DH_FIGURE(KEY, GROUP) { #KEY, DH_GROUP_##GROUP },
	DMAHEAP_DEBUG_FIGURES(DH_FIGURE)
#undef DH_FIGURE
};

const char *dh_figure_key(enum dh_figure figure)
{
	return figures[figure].key;
}

enum dh_group dh_figure_group(enum dh_figure figure)
{
	return figures[figure].group;
}

void dh_snapshot_clear(struct dh_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_accounts; i++) {
		free(snapshot->accounts[i].heap);
		free(snapshot->accounts[i].errnos);
		free(snapshot->accounts[i].latency);
	}
	for (size_t i = 0; i < snapshot->n_callsites; i++) {
		free(snapshot->callsites[i].heap);
		free(snapshot->callsites[i].module);
		free(snapshot->callsites[i].symbol);
	}
	for (size_t i = 0; i < snapshot->n_misses; i++)
		free(snapshot->misses[i].name);
	for (size_t i = 0; i < snapshot->n_exporters; i++)
		free(snapshot->exporters[i].exporter);
	free(snapshot->accounts);
	free(snapshot->callsites);
	free(snapshot->misses);
	free(snapshot->exporters);
	free(snapshot->refused);
	*snapshot = (struct dh_snapshot){ 0 };
}

int dh_buckets_add(struct dh_bucket **buckets, size_t *n, int number, uint64_t count)
{
	struct dh_bucket *bucket = dh_array_add(buckets, n);

	if (!bucket)
		return -ENOMEM;
	*bucket = (struct dh_bucket){ .number = number, .count = count };
	return 0;
}

int dh_snapshot_add_buffer(struct dh_snapshot *snapshot, const char *exporter, bool held,
			   uint64_t bytes)
{
	struct dh_exporter_count *count =
		(struct dh_exporter_count *)dh_snapshot_exporter(snapshot, exporter);

	if (!count) {
		count = dh_array_add(&snapshot->exporters, &snapshot->n_exporters);
		if (!count)
			return -ENOMEM;
		/* Searches compare names, so remove a record without a name. */
		if (dh_text_copy(&count->exporter, exporter)) {
			snapshot->n_exporters--;
			return -ENOMEM;
		}
	}
	*(held ? &count->buffers : &count->unheld) += 1;
	*(held ? &count->bytes : &count->unheld_bytes) += bytes;
	return 0;
}

const struct dh_account *dh_snapshot_account(const struct dh_snapshot *snapshot, const char *heap)
{
	for (size_t i = 0; i < snapshot->n_accounts; i++)
		if (dh_text_same(snapshot->accounts[i].heap, heap))
			return &snapshot->accounts[i];
	return NULL;
}

const struct dh_exporter_count *dh_snapshot_exporter(const struct dh_snapshot *snapshot,
						     const char *exporter)
{
	for (size_t i = 0; i < snapshot->n_exporters; i++)
		if (!strcmp(snapshot->exporters[i].exporter, exporter))
			return &snapshot->exporters[i];
	return NULL;
}

struct dh_maybe dh_snapshot_figure(const struct dh_snapshot *snapshot, const char *heap,
				   enum dh_figure figure)
{
	const struct dh_account *account = dh_snapshot_account(snapshot, heap);

	if (account && (!account->exporter || dh_figure_group(figure) == DH_GROUP_FREES))
		return account->figures[figure];
	return snapshot->counted && snapshot->groups[dh_figure_group(figure)]
		       ? dh_known(0)
		       : (struct dh_maybe){ 0 };
}

bool dh_snapshot_same_buffers(const struct dh_snapshot *a, const struct dh_snapshot *b)
{
	static const enum dh_figure counters[] = { DH_FIGURE_allocs, DH_FIGURE_kallocs,
						   DH_FIGURE_frees, DH_FIGURE_older };

	if (a->n_accounts != b->n_accounts)
		return false;
	/* The module does not remove accounts, so they are in the same order in both snapshots. */
	for (size_t i = 0; i < a->n_accounts; i++)
		for (size_t j = 0; j < ARRAY_SIZE(counters); j++)
			if (a->accounts[i].figures[counters[j]].value !=
			    b->accounts[i].figures[counters[j]].value)
				return false;
	return true;
}

int dh_snapshot_comparable(const struct dh_snapshot *before, const struct dh_snapshot *after)
{
	if (!before->counted || !after->counted)
		return -ENODATA;
	if (!before->boot_id[0] || strcmp(before->boot_id, after->boot_id))
		return -ESTALE;
	if (!before->loaded.known || !after->loaded.known ||
	    before->loaded.value != after->loaded.value)
		return -EXDEV;
	return 0;
}

/* Returns the call site, or one with unknown numbers if the snapshot lacks it. */
static const struct dh_callsite *find_callsite(const struct dh_snapshot *snapshot,
					       const struct dh_callsite *key)
{
	static const struct dh_callsite absent;

	for (size_t i = 0; i < snapshot->n_callsites; i++) {
		const struct dh_callsite *callsite = &snapshot->callsites[i];

		if (dh_text_same(callsite->heap, key->heap) &&
		    dh_text_same(callsite->module, key->module) &&
		    dh_text_same(callsite->symbol, key->symbol))
			return callsite;
	}
	return &absent;
}

static bool is_positive(struct dh_maybe figure)
{
	return figure.known && figure.value;
}

/* Returns the increase since `before`, which counts as 0 if it is unknown. */
static struct dh_maybe growth_since(struct dh_maybe before, struct dh_maybe after)
{
	return before.known ? dh_minus(after, before) : after;
}

static int add_callsite_growth(const struct dh_snapshot *before, const struct dh_callsite *after,
			       struct dh_snapshot *growth)
{
	const struct dh_callsite *former = find_callsite(before, after);
	struct dh_callsite *callsite, increase = {
		.finds = growth_since(former->finds, after->finds),
		.puts = growth_since(former->puts, after->puts),
		.kallocs = growth_since(former->kallocs, after->kallocs),
	};

	if (!is_positive(increase.finds) && !is_positive(increase.puts) &&
	    !is_positive(increase.kallocs))
		return 0;
	callsite = dh_array_add(&growth->callsites, &growth->n_callsites);
	if (!callsite)
		return -ENOMEM;
	*callsite = increase;
	if (dh_text_copy(&callsite->heap, after->heap) ||
	    dh_text_copy(&callsite->module, after->module) ||
	    dh_text_copy(&callsite->symbol, after->symbol))
		return -ENOMEM;
	return 0;
}

static int add_miss_growth(const struct dh_snapshot *before, const struct dh_miss *after,
			   struct dh_snapshot *growth)
{
	struct dh_maybe former = { 0 }, increase;
	struct dh_miss *miss;

	for (size_t i = 0; i < before->n_misses; i++)
		if (dh_text_same(before->misses[i].name, after->name))
			former = before->misses[i].count;
	increase = growth_since(former, after->count);
	if (!is_positive(increase))
		return 0;
	miss = dh_array_add(&growth->misses, &growth->n_misses);
	if (!miss)
		return -ENOMEM;
	miss->count = increase;
	return dh_text_copy(&miss->name, after->name);
}

int dh_snapshot_growth(const struct dh_snapshot *before, const struct dh_snapshot *after,
		       struct dh_snapshot *growth)
{
	int ret = 0;

	for (size_t i = 0; i < after->n_callsites && !ret; i++)
		ret = add_callsite_growth(before, &after->callsites[i], growth);
	for (size_t i = 0; i < after->n_misses && !ret; i++)
		ret = add_miss_growth(before, &after->misses[i], growth);
	return ret;
}

static int by_net(const void *left, const void *right)
{
	const struct dh_callsite *a = left, *b = right;
	int64_t a_net = (int64_t)dh_signed_minus(a->finds, a->puts).value;
	int64_t b_net = (int64_t)dh_signed_minus(b->finds, b->puts).value;
	int order;

	if (a_net != b_net)
		return a_net < b_net ? 1 : -1;
	order = dh_text_compare(a->heap, b->heap);
	if (!order)
		order = dh_text_compare(a->module, b->module);
	return order ? order : dh_text_compare(a->symbol, b->symbol);
}

void dh_callsites_sort(struct dh_callsite *callsites, size_t n)
{
	dh_array_sort(callsites, n, by_net);
}
