// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list: show the registered heaps.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cmd/commands.h"
#include "cmd/operands.h"
#include "frame/output.h"
#include "model/fallback.h"
#include "model/others.h"
#include "model/selection.h"
#include "present/schemas.h"
#include "task/absence.h"
#include "task/heaps-wait.h"
#include "task/heaps.h"
#include "task/holders.h"
#include "task/owners.h"

/* Default columns of the table with --map. */
#define MAP_COLUMNS "NAME,SIZE,FREE,LARGEST,OTHERS"

struct list_options {
	struct dh_words heaps; /* names, patterns and classes; empty: all heaps */
	bool verify;
	bool map;
	struct dh_wait wait;
	bool gone; /* wait for removal */
};

static const struct dh_option own[] = {
	{ DH_OPTION_FLAG, .name = "verify", .given = DH_AT(struct list_options, verify),
	  .help = "open each node, and show the result in column ACCESS" },
	{ DH_OPTION_FLAG, .name = "map", .given = DH_AT(struct list_options, map),
	  .help = "draw the free and used memory of the CMA region of each HEAP (default: of all "
		  "heaps that have a CMA region)" },
	{ DH_OPTION_DURATION, .name = "wait", .argument = "DURATION", .optional = true,
	  .given = DH_AT(struct list_options, wait.requested),
	  .field = DH_AT(struct list_options, wait.nanoseconds), .min = 1,
	  .help = "wait until the caller can open each HEAP, for at most DURATION, such as 10, "
		  "1.5s, 200ms or 5m (default: no limit)" },
	{ DH_OPTION_DURATION, .name = "gone", .argument = "DURATION", .optional = true,
	  .given = DH_AT(struct list_options, gone),
	  .field = DH_AT(struct list_options, wait.nanoseconds), .min = 1,
	  .help = "like --wait, but wait until each HEAP is removed" },
	{ 0 },
};

/* Checks --wait and --gone. Returns NULL, or the message of a usage error in `out`. */
static const char *check_wait(const struct dh_env *env, const struct list_options *chosen,
			      char out[DH_MESSAGE_MAX])
{
	const char *option = chosen->gone ? "--gone" : "--wait";
	const char *value = chosen->wait.nanoseconds ? NULL : dh_duration_operand(&chosen->heaps);

	if (value)
		snprintf(out, DH_MESSAGE_MAX, "%s takes its value as %s=%s", option, option, value);
	else if (!chosen->heaps.n)
		snprintf(out, DH_MESSAGE_MAX, "%s requires a HEAP", option);
	else if (env->sysroot)
		snprintf(out, DH_MESSAGE_MAX,
			 "%s cannot be combined with --sysroot: a recorded system does not change",
			 option);
	else
		return NULL;
	return out;
}

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct list_options *chosen = options;
	const char *message = NULL;

	chosen->wait.requested = chosen->wait.requested || chosen->gone;
	if (chosen->wait.requested)
		message = check_wait(env, chosen, out);
	if (!message && chosen->verify && env->sysroot)
		message = "--verify cannot be combined with --sysroot: the nodes of a "
			  "recorded system cannot be opened";
	dh_heap_words(&chosen->heaps);
	return message;
}

/*
 * Copies the selected heaps to the new array `*rows`, in name order and without duplicates. The
 * caller frees the array; the inventory owns the strings. With --gone, a missing heap is not an
 * error. Returns a status; prints the error, if any. If a heap is missing, the rows of the other
 * heaps are valid.
 */
static enum dh_status select_rows(const struct dh_env *env, const struct dh_inventory *inventory,
				  const struct list_options *chosen, struct dh_heap **rows,
				  size_t *n)
{
	const struct dh_words *heaps = &chosen->heaps;
	enum dh_status status = DH_EXIT_DONE;

	*rows = calloc(inventory->n_heaps + 1, sizeof(**rows));
	if (!*rows)
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "selecting heaps: %m");
	for (size_t i = 0; i < heaps->n && !chosen->gone; i++) {
		bool found = false;

		for (size_t j = 0; j < inventory->n_heaps && !found; j++)
			found = dh_heap_matches(inventory, inventory->heaps[j].name,
						heaps->each[i]);
		if (!found)
			status = dh_heaps_no_such(env, inventory, heaps->each[i], "heap");
	}
	for (size_t i = 0; i < inventory->n_heaps; i++) {
		const struct dh_heap *heap = &inventory->heaps[i];
		/* Without HEAP, --map selects the heaps that have a CMA region. */
		bool omitted = chosen->map && !heaps->n && !dh_heap_cma_region(inventory, heap);

		if (!omitted && dh_heap_matches_any(inventory, heap->name, heaps->each, heaps->n))
			(*rows)[(*n)++] = *heap;
	}
	return status;
}

/* Returns the step that makes /sys/kernel/debug/cma readable, or "" if no step is known. */
static const char *debugfs_step(const struct dh_env *env, const struct dh_inventory *inventory)
{
	int error = inventory->debugfs_error;

	if (!env->root.live)
		return "";
	if (error == -EACCES || error == -EPERM)
		return "; run as root";
	if (error == -ENOENT)
		return "; if debugfs is not mounted, run 'mount -t debugfs none "
		       "/sys/kernel/debug'";
	return "";
}

/* Prints a remark with the requirements if the size or free memory of a CMA heap is unknown. */
static void remark_regions(const struct dh_env *env, const struct dh_inventory *inventory,
			   const struct dh_heap *heaps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct dh_region *region = dh_heap_cma_region(inventory, &heaps[i]);

		if (heaps[i].kind != DH_KIND_CMA ||
		    (region && region->size.known && region->free.known))
			continue;
		dh_remark(env,
			  "size or free memory of CMA heaps unknown (requires Linux 6.15 with "
			  "CONFIG_CMA_SYSFS, or CONFIG_CMA_DEBUGFS and root)%s",
			  debugfs_step(env, inventory));
		return;
	}
}

/* Returns true if the output contains the column with this key, or if memory is exhausted. */
static bool shows(const struct dh_style *style, const char *key)
{
	dh_auto(free) const struct dh_column **columns = NULL;
	size_t n;

	if (dh_columns_choose(&dh_schema_heaps, style->columns, style->format == DH_FORMAT_JSON,
			      &columns, &n, NULL))
		return true;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(columns[i]->key, key))
			return true;
	return false;
}

/* Reads the facts of regions that the output requires but dh_heaps_read() does not read. */
static enum dh_status read_regions(const struct dh_env *env, const struct dh_style *style, bool map,
				   struct dh_inventory *inventory)
{
	dh_auto(holders) struct dh_holders holders = { 0 };
	enum dh_status status = DH_EXIT_DONE;

	if (!inventory->n_regions)
		return status;
	if (map || shows(style, "map"))
		status = dh_heaps_read_maps(env, inventory);
	if (status || !shows(style, "others"))
		return status;
	status = dh_holders_list(env, &holders);
	if (status)
		return status;
	dh_others_count(inventory, &holders);
	if (!holders.listed && style->columns)
		dh_remark(env, "OTHERS unknown: the kernel's list of buffers is not readable; "
			       "the command 'holders' shows the reason");
	return status;
}

/* Draws the map of a region, and lists at most 26 owners of its memory with their letters. */
static void draw_map(const struct dh_inventory *inventory, const struct dh_region *region,
		     const struct dh_owners *owners)
{
	char text[DH_MAP_CELLS + 1], size[DH_UNIT_MAX], name[256];
	char letter = 'A';

	printf("\n%s: . free, + partly used, # used",
	       dh_text_escape_into(region->name, name, sizeof(name)));
	if (region->size.known)
		printf("; %s per character",
		       dh_format_size_short(region->size.value / strlen(region->map.text), size));
	memcpy(text, region->map.text, sizeof(text));
	for (size_t i = 0; i < owners->n && letter <= 'Z'; i++)
		if (&inventory->regions[owners->each[i].region] == region)
			dh_region_map_mark(&region->map, owners->each[i].used, letter++, text);
	printf("\n%s\n", text);
	letter = 'A';
	for (size_t i = 0; i < owners->n && letter <= 'Z'; i++) {
		const struct dh_owner *owner = &owners->each[i];

		if (&inventory->regions[owner->region] != region)
			continue;
		printf("%c: process %d (%s), %s in %" PRIu64 " buffer%s\n", letter++,
		       (int)owner->pid,
		       dh_text_escape_into(owner->name ? owner->name : "-", name, sizeof(name)),
		       dh_format_size_short(owner->bytes, size), owner->buffers,
		       owner->buffers == 1 ? "" : "s");
	}
}

/*
 * Returns the region of heaps[i], or NULL if its map is unknown or if an earlier heap has the same
 * region.
 */
static const struct dh_region *mapped_region(const struct dh_inventory *inventory,
					     const struct dh_heap *heaps, size_t i)
{
	const struct dh_region *region = dh_heap_cma_region(inventory, &heaps[i]);

	for (size_t j = 0; j < i; j++)
		if (heaps[j].region == heaps[i].region)
			return NULL;
	return region && region->map.text[0] ? region : NULL;
}

static void draw_maps(const struct dh_inventory *inventory, const struct dh_owners *owners,
		      const struct dh_heap *heaps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct dh_region *region = mapped_region(inventory, heaps, i);

		if (region)
			draw_map(inventory, region, owners);
	}
}

/*
 * Stores the runs of used memory in the array `*parts`, divided at the boundaries of buffers. The
 * caller frees the array, even after an error. Returns 0 or -ENOMEM.
 */
static int list_runs(const struct dh_inventory *inventory, struct dh_owners *owners,
		     const struct dh_heap *heaps, size_t n, struct dh_map_part **parts,
		     size_t *n_parts)
{
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		const struct dh_region *region = mapped_region(inventory, heaps, i);

		if (region)
			ret = dh_region_map_divide(&region->map, (size_t)heaps[i].region,
						   owners->buffers, owners->n_buffers, parts,
						   n_parts);
	}
	return ret;
}

/*
 * Prints a remark for each heap whose map is missing or, in JSON, whose runs are missing, or if no
 * selected heap has a known CMA region.
 */
static void remark_maps(const struct dh_env *env, const struct dh_inventory *inventory,
			const struct dh_heap *heaps, size_t n)
{
	if (!n && inventory->n_heaps)
		dh_remark(env, "no map: no selected heap has a known CMA region");
	for (size_t i = 0; i < n; i++) {
		const struct dh_region *region = dh_heap_cma_region(inventory, &heaps[i]);

		if (!region && heaps[i].kind != DH_KIND_CMA)
			dh_remark(env, "heap '%s': no map: the heap has no known CMA region",
				  heaps[i].name);
		else if (!region || !region->map.text[0])
			dh_remark(env,
				  "heap '%s': map unknown (requires CONFIG_CMA_DEBUGFS and root)%s",
				  heaps[i].name, debugfs_step(env, inventory));
		else if (region->map.runs_omitted && env->style.format == DH_FORMAT_JSON)
			dh_remark(env,
				  "heap '%s': no list of runs: its region has more than %d runs "
				  "of used memory",
				  heaps[i].name, DH_MAP_RUNS_MAX);
	}
}

/* Prints the reports of the heaps. Escapes each line: the text comes from a driver. */
static void print_reports(const struct dh_heap *heaps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *line = heaps[i].report;
		dh_auto(free) char *name = line ? dh_text_escape(heaps[i].name) : NULL;

		if (name)
			printf("\nDebugfs report of heap %s:\n", name);
		while (line) {
			size_t length = strcspn(line, "\n");
			dh_auto(free) char *copy = strndup(line, length);
			dh_auto(free) char *safe = copy ? dh_text_escape(copy) : NULL;

			printf("  %s\n", safe ? safe : strerror(ENOMEM));
			line = line[length] ? line + length + 1 : NULL;
		}
	}
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct list_options *chosen = options;
	struct dh_output output = { .env = env, .out = stdout, .style = env->style, .n = 2 };
	dh_auto(inventory) struct dh_inventory inventory = { 0 };
	dh_auto(fallbacks) struct dh_fallbacks fallbacks = { 0 };
	dh_auto(owners) struct dh_owners owners = { 0 };
	dh_auto(free) struct dh_heap *rows = NULL;
	dh_auto(free) struct dh_map_part *parts = NULL;
	struct dh_section sections[3];
	bool udev;
	enum dh_status waited = DH_EXIT_DONE, status, selected, written;
	size_t n = 0, n_parts = 0;

	if (chosen->map && !output.style.columns && output.style.format != DH_FORMAT_JSON)
		output.style.columns =
			output.style.format == DH_FORMAT_RAW ? "NAME,MAP" : MAP_COLUMNS;
	if (chosen->wait.requested)
		waited = dh_heaps_wait(env, &(struct dh_heaps_wait){
						    .heaps = &chosen->heaps,
						    .wait = &chosen->wait,
						    .gone = chosen->gone,
						    .open = chosen->verify,
					    });
	/* Query udev only if necessary: a query takes longer than reading all other sources. */
	udev = env->verbose || shows(&output.style, "source") || shows(&output.style, "conflict");
	status = dh_heaps_read(env, udev, chosen->verify, &inventory);
	if (!status)
		status = read_regions(env, &output.style, chosen->map, &inventory);
	if (!status && (env->verbose || shows(&output.style, "report")))
		status = dh_heaps_read_reports(env, &inventory);
	if (!status)
		status = dh_absence_fallbacks_read(env, &fallbacks);
	if (status)
		return dh_status_first(waited, status);

	if (!inventory.n_heaps && !chosen->gone) {
		status = dh_heaps_absent(env, &inventory);
	} else {
		status = dh_heaps_unread(env, &inventory);
		selected = select_rows(env, &inventory, chosen, &rows, &n);
		/* Without sysfs, a heap that was not found may still exist. */
		if (selected == DH_EXIT_NOT_FOUND && inventory.class_error == -DH_NOT_MOUNTED)
			selected = DH_EXIT_ERROR;
		status = dh_status_first(status, selected);
	}

	if (chosen->map && output.style.format != DH_FORMAT_RAW)
		status = dh_status_first(status, dh_owners_find(env, &inventory, &owners));
	if (chosen->map && output.style.format == DH_FORMAT_JSON) {
		if (list_runs(&inventory, &owners, rows, n, &parts, &n_parts))
			return dh_fail(DH_EXIT_ERROR, ENOMEM, "listing used memory: %m");
		output.n = 3;
	}
	sections[0] = DH_LIST(dh_schema_heaps, rows, n);
	sections[0].context = &inventory;
	/* In a table, remarks report these devices, because they are not heaps. */
	sections[1] = DH_LIST(dh_schema_fallbacks, fallbacks.each,
			      output.style.format == DH_FORMAT_JSON ? fallbacks.n : 0);
	sections[2] = DH_LIST(dh_schema_runs, parts, n_parts);
	sections[2].context = &inventory;
	output.sections = sections;
	written = dh_output_write(&output);
	if (written)
		return written;
	if (chosen->map && output.style.format == DH_FORMAT_TABLE)
		draw_maps(&inventory, &owners, rows, n);
	if (env->verbose && output.style.format == DH_FORMAT_TABLE)
		print_reports(rows, n);

	if (env->verbose)
		dh_remark(env, "the kernel does not report the kind of a heap: KIND is inferred; "
			       "use -o +WHY to show the basis");
	/* Most kernels have udmabuf: mention it only if programs may need it. */
	dh_absence_fallbacks_remark(env, &fallbacks, env->verbose || !inventory.n_heaps);
	dh_heaps_remark_problem(env, &inventory, rows, n);
	dh_heaps_remark_access(env, rows, n);
	remark_regions(env, &inventory, rows, n);
	/* If there are no rows because of an error, its message suffices. */
	if (chosen->map && (n || !status))
		remark_maps(env, &inventory, rows, n);
	return dh_status_first(waited, status);
}

const struct dh_command dh_command_list = {
	.name = "list",
	.help = "list heaps, the access to their nodes, and their free memory",
	.arguments = "[HEAP...]",
	.doc = "List the registered DMA-BUF heaps, or only those that match a given name, shell "
	       "pattern or class (system, cma, protected, carveout).\v"
	       "The kernel does not report the kind of a heap: the tool infers the kind from the "
	       "name and the memory regions. Status 3: no such heap; 5: the kernel has no heaps.",
	.groups = (const struct dh_option_group[]){ { own, 0 }, { 0 } },
	.recorded = true,
	.size = sizeof(struct list_options),
	.operands = DH_AT(struct list_options, heaps),
	.nonempty = "the name of a heap",
	.check = check,
	.schema = &dh_schema_heaps,
	.run = run,
};
