// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list: the heaps there are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cmd/commands.h"
#include "frame/answer.h"
#include "model/heap-selection.h"
#include "present/schemas.h"
#include "task/heaps.h"

struct list_options {
	struct dh_words heaps; /* names and classes; none: all */
	bool verify;
};

static const struct dh_option own[] = {
	{ DH_OPTION_FLAG, .name = "verify", .given = DH_AT(struct list_options, verify),
	  .help = "open each node to see whether that is allowed" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_SENTENCE_MAX])
{
	const struct list_options *chosen = options;

	(void)out;
	return chosen->verify && env->sysroot
		       ? "--verify opens nodes, which a recorded tree lacks; use it without "
			 "--sysroot"
		       : NULL;
}

/* Of the heaps' names and the classes, the nearest to `what`, or NULL. */
static const char *nearest(const struct dh_inventory *inventory, const char *what)
{
	const char *best = NULL;
	size_t distance = 4, length = strlen(what);

	/* Half of a word's letters wrong is another word. */
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		size_t d = dh_text_distance(what, inventory->heaps[i].name);

		if (d < distance && d <= length / 2) {
			distance = d;
			best = inventory->heaps[i].name;
		}
	}
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		const char *name = dh_kind_name(inventory->heaps[i].kind);
		size_t d = dh_text_distance(what, name);

		if (inventory->heaps[i].kind == DH_KIND_UNKNOWN)
			continue;
		if (d < distance && d <= length / 2) {
			distance = d;
			best = name;
		}
	}
	return best;
}

static enum dh_status unknown_heap(const struct dh_inventory *inventory, const char *what)
{
	const char *close = nearest(inventory, what);

	if (dh_kind_by_name(what) != DH_KIND_UNKNOWN)
		return dh_fail(DH_EXIT_NOT_FOUND, "no heap of the class '%s'", what);
	if (close)
		return dh_fail(DH_EXIT_NOT_FOUND, "no heap '%s'; did you mean '%s'?", what, close);
	return dh_fail(DH_EXIT_NOT_FOUND, "no heap '%s'; 'dmaheapctl list' has those there are",
		       what);
}

/*
 * The heaps that were asked for, in name order, each once; their strings remain the
 * inventory's. Returns a status: what is unknown does not keep the others away.
 */
static enum dh_status choose(const struct dh_inventory *inventory, const struct dh_words *heaps,
			     struct dh_heap **rows, size_t *n)
{
	enum dh_status status = DH_EXIT_DONE;

	*rows = calloc(inventory->n_heaps + 1, sizeof(**rows));
	if (!*rows)
		return dh_fail(DH_EXIT_REFUSED, "choosing heaps: %s", strerror(ENOMEM));
	for (size_t i = 0; i < heaps->n; i++) {
		bool found = false;

		for (size_t j = 0; j < inventory->n_heaps && !found; j++)
			found = dh_heap_matches(inventory, inventory->heaps[j].name,
						heaps->each[i]);
		if (!found)
			status = unknown_heap(inventory, heaps->each[i]);
	}
	for (size_t i = 0; i < inventory->n_heaps; i++)
		if (dh_heap_matches_any(inventory, inventory->heaps[i].name, heaps->each, heaps->n))
			(*rows)[(*n)++] = inventory->heaps[i];
	return status;
}

/* What the table leaves open although somebody knows it: the figures of CMA regions. */
static void remark_on_regions(const struct dh_env *env, const struct dh_inventory *inventory,
			      const struct dh_heap *heaps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct dh_region *region = dh_heap_region(inventory, &heaps[i]);

		if (heaps[i].kind != DH_KIND_CMA ||
		    (region && region->size.known && region->free.known))
			continue;
		dh_remark(env,
			  "size or free memory of CMA heaps unknown: debugfs has them, for root "
			  "and where it is mounted (mount -t debugfs none /sys/kernel/debug), with "
			  "CONFIG_CMA_DEBUGFS; sysfs of newer kernels, too, with CONFIG_CMA_SYSFS");
		return;
	}
}

/* Does the answer have what udev knows? Asking it costs more than all the rest. */
static bool shows_udev(const struct dh_env *env)
{
	const struct dh_style *style = &env->style;
	dh_auto(free) const struct dh_column **columns = NULL;
	char unknown[64];
	size_t n;

	if (env->verbose ||
	    dh_columns_choose(&dh_schema_heaps, style->columns, style->format == DH_FORMAT_JSON,
			      &columns, &n, unknown))
		return true;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(columns[i]->key, "source") || !strcmp(columns[i]->key, "trouble"))
			return true;
	return false;
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct list_options *chosen = options;
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	dh_auto(free) struct dh_heap *rows = NULL;
	struct dh_section section;
	enum dh_status status, selected, written;
	size_t n = 0;

	status = dh_heaps_read(env, shows_udev(env), chosen->verify, &inventory);
	if (status)
		return status;

	if (!inventory.n_heaps) {
		status = dh_heaps_absent(env, &inventory);
	} else {
		status = dh_heaps_unread(env, &inventory);
		selected = choose(&inventory, &chosen->heaps, &rows, &n);
		/* One that was not found may exist where something was not read. */
		if (selected == DH_EXIT_NOT_FOUND && inventory.class_error == -DH_NOT_MOUNTED)
			selected = DH_EXIT_REFUSED;
		status = dh_status_first(status, selected);
	}

	section = DH_LIST(dh_schema_heaps, rows, n);
	section.context = &inventory;
	written = dh_answer(env, &section, 1);
	if (written)
		return written;

	dh_heaps_remark_problem(env, &inventory, rows, n);
	dh_heaps_remark_access(env, rows, n);
	remark_on_regions(env, &inventory, rows, n);
	return status;
}

const struct dh_command dh_command_list = {
	.name = "list",
	.help = "enumerate heaps, their nodes and what is left of their memory",
	.arguments = "[HEAP...]",
	.doc = "List the DMA-BUF heaps that the kernel has registered, or those of these names "
	       "and classes (system, cma, protected, carveout).\v"
	       "The kernel does not tell what a heap is: its kind is inferred from its name and "
	       "from the memory regions. Status 3: no such heap; 5: no heaps at all.",
	.groups = (const struct dh_option_group[]){ { own, 0 }, { 0 } },
	.recorded = true,
	.size = sizeof(struct list_options),
	.words = DH_AT(struct list_options, heaps),
	.word = "the name of a heap",
	.check = check,
	.schema = &dh_schema_heaps,
	.run = run,
};
