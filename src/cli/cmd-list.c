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
#include "cli/command.h"
#include "cli/diagnose.h"
#include "cli/options.h"
#include "cli/status.h"
#include "discover/devices.h"
#include "discover/discover.h"
#include "model/selection.h"
#include "present/schemas.h"

struct list_options {
	struct dh_context *context;
	struct dh_words heaps; /* names and classes; none: all */
	bool verify;
};

static void dh_auto_list_options(struct list_options *chosen)
{
	dh_auto_words(&chosen->heaps);
}

static const struct argp_option options[] = {
	{ "verify", DH_KEY_VERIFY, NULL, 0, "open each node to see whether that is allowed", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list_options *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		dh_options_groups(state, chosen->context);
		return 0;
	case ARGP_KEY_ARG:
		dh_options_check_heap(state, arg);
		return dh_words_add(&chosen->heaps, arg);
	case DH_KEY_VERIFY:
		chosen->verify = true;
		return 0;
	case ARGP_KEY_END:
		if (chosen->verify && chosen->context->sysroot)
			argp_error(state, "--verify opens nodes, which a recorded tree lacks; "
					  "use it without --sysroot");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[HEAP...]",
	.doc = "List the DMA-BUF heaps that the kernel has registered, or those of these names "
	       "and classes (system, cma, protected, carveout).\v"
	       "The kernel does not tell what a heap is: its kind is inferred from its name and "
	       "from the memory regions. Status 3: no such heap; 5: no heaps at all.",
	.children = (const struct argp_child[]){ { .argp = &dh_view_argp }, { 0 } },
};

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

static int unknown_heap(const struct dh_inventory *inventory, const char *what)
{
	const char *close = nearest(inventory, what);
	char safe[256], safe_close[256];

	dh_text_escape_into(what, safe, sizeof(safe));
	if (dh_kind_by_name(what) != DH_KIND_UNKNOWN)
		return dh_fail(DH_EXIT_NOT_FOUND, "no heap of the class '%s'", safe);
	if (close)
		return dh_fail(DH_EXIT_NOT_FOUND, "no heap '%s'; did you mean '%s'?", safe,
			       dh_text_escape_into(close, safe_close, sizeof(safe_close)));
	return dh_fail(DH_EXIT_NOT_FOUND, "no heap '%s'; 'dmaheapctl list' has those there are",
		       safe);
}

/* Marks the heap of that name, or all of that class. Returns how many there are. */
static size_t mark(const struct dh_inventory *inventory, const char *what, bool *marks)
{
	size_t n = 0;

	for (size_t i = 0; i < inventory->n_heaps; i++) {
		if (!dh_heap_answers_to(inventory, &inventory->heaps[i], what))
			continue;
		marks[i] = true;
		n++;
	}
	return n;
}

/*
 * The heaps that were asked for, in name order, each once; their strings remain the
 * inventory's. Returns an exit status: what is unknown does not keep the others away.
 */
static int choose(const struct dh_inventory *inventory, const struct dh_words *heaps,
		  struct dh_heap **rows, size_t *n)
{
	dh_auto(free) bool *marks = calloc(inventory->n_heaps + 1, sizeof(*marks));
	dh_auto(free) struct dh_heap *chosen = calloc(inventory->n_heaps + 1, sizeof(*chosen));
	int status = DH_EXIT_DONE;

	if (!marks || !chosen)
		return dh_fail(DH_EXIT_REFUSED, "choosing heaps: %s", strerror(ENOMEM));
	if (!heaps->n)
		memset(marks, true, inventory->n_heaps);
	for (size_t i = 0; i < heaps->n; i++)
		if (!mark(inventory, heaps->each[i], marks))
			status = unknown_heap(inventory, heaps->each[i]);

	*n = 0;
	for (size_t i = 0; i < inventory->n_heaps; i++)
		if (marks[i])
			chosen[(*n)++] = inventory->heaps[i];
	*rows = dh_steal_ptr(chosen);
	return status;
}

/* What the table leaves open although somebody knows it: the figures of CMA regions. */
static void remark_on_regions(const struct dh_context *context,
			      const struct dh_inventory *inventory, const struct dh_heap *heaps,
			      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct dh_region *region = dh_heap_region(inventory, &heaps[i]);

		if (heaps[i].kind != DH_KIND_CMA ||
		    (region && region->size.known && region->free.known))
			continue;
		dh_remark(context,
			  "size or free memory of CMA heaps unknown: debugfs has them, for root "
			  "and where it is mounted (mount -t debugfs none /sys/kernel/debug), with "
			  "CONFIG_CMA_DEBUGFS; sysfs of newer kernels, too, with CONFIG_CMA_SYSFS");
		return;
	}
}

/* Does the answer have what udev knows? Asking it costs more than all the rest. */
static bool shows_udev(const struct dh_context *context)
{
	const struct dh_style *style = &context->style;
	dh_auto(free) const struct dh_column **columns = NULL;
	char unknown[64];
	size_t n;

	if (context->verbose ||
	    dh_columns_choose(&dh_schema_heaps, style->columns, style->format == DH_FORMAT_JSON,
			      &columns, &n, unknown))
		return true;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(columns[i]->key, "source") || !strcmp(columns[i]->key, "trouble"))
			return true;
	return false;
}

/* Where sources disagree, udev is asked, too. 0 or -errno. */
static int discover(const struct dh_context *context, bool verify, struct dh_inventory *inventory)
{
	bool udev = shows_udev(context), trouble = false;
	int ret = dh_discover(&context->root,
			      DH_WANT_HEAPS | (udev ? DH_WANT_UDEV : 0) |
				      (verify ? DH_WANT_OPEN : DH_WANT_ACCESS),
			      inventory);

	for (size_t i = 0; i < inventory->n_heaps; i++)
		trouble = trouble || inventory->heaps[i].trouble;
	if (ret || udev || !trouble)
		return ret;
	if (dh_devices_read(&context->root, inventory) == -ENOMEM)
		return inventory->full ? -EFBIG : -ENOMEM;
	dh_inventory_settle(inventory);
	return 0;
}

static int run(struct dh_context *context, int argc, char **argv)
{
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	dh_auto(list_options) struct list_options chosen = { .context = context };
	dh_auto(free) struct dh_heap *rows = NULL;
	struct dh_section section;
	int status, written, ret;
	size_t n = 0;

	status = dh_command_begin(context, &dh_command_list, argc, argv, &chosen);
	if (status)
		return status;

	ret = discover(context, chosen.verify, &inventory);
	if (ret)
		return dh_fail(dh_status_of(ret), "reading the heaps: %s", strerror(-ret));

	if (!inventory.n_heaps) {
		status = dh_diagnose_absence(context, &inventory);
	} else {
		status = dh_diagnose_unread(context, &inventory);
		ret = choose(&inventory, &chosen.heaps, &rows, &n);
		/* One that was not found may exist where something was not read. */
		if (ret == DH_EXIT_NOT_FOUND && inventory.class_error == -DH_NOT_MOUNTED)
			ret = DH_EXIT_REFUSED;
		status = status ? status : ret;
	}

	section = DH_LIST(dh_schema_heaps, rows, n);
	section.context = &inventory;
	written = dh_command_write(context, &section, 1);
	if (written)
		return written;

	dh_diagnose_trouble(context, &inventory, rows, n);
	dh_diagnose_access(context, rows, n);
	remark_on_regions(context, &inventory, rows, n);
	return status;
}

const struct dh_command dh_command_list = {
	.name = "list",
	.help = "enumerate heaps, their nodes and what is left of their memory",
	.argp = &argp,
	.schema = &dh_schema_heaps,
	.run = run,
};
