// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * alloc: buffers, to keep or to hand to a command.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "action/handover.h"
#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/hold.h"
#include "cli/importers.h"
#include "cli/obtain.h"
#include "cli/options.h"
#include "cli/status.h"
#include "cli/touch.h"
#include "present/schemas.h"

/* More than any process may have open: the kernel's NR_OPEN default. */
#define COUNT_MAX (UINT64_C(1) << 20)

struct alloc_options {
	struct dh_context *context;
	struct dh_new_options new;
	struct dh_fill_options fill;
	struct dh_hold_options hold;
	uint64_t count;
	bool summary;
	bool map;
	bool import;
	const char *device;
	char **command; /* ended by NULL; NULL: none */
};

static const struct argp_option options[] = {
	{ "count", DH_KEY_COUNT, "N", 0, "so many buffers, all alive together (1)", 11 },
	{ "summary", DH_KEY_SUMMARY, NULL, 0,
	  "only the summary: no buffer is described, for the plainest loop", 11 },
	{ "map", DH_KEY_MAP, NULL, 0, "map each buffer and see whether it is zeroed", 41 },
	{ "export", DH_KEY_EXPORT, "DEVICE", OPTION_ARG_OPTIONAL,
	  "import each buffer into DEVICE, as 'export' does, or into every one", 50 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct alloc_options *chosen = state->input;
	char safe[128];

	switch (key) {
	case ARGP_KEY_INIT:
		chosen->count = 1;
		dh_options_groups(state, &chosen->new, &chosen->hold, &chosen->fill,
				  chosen->context);
		return 0;
	case DH_KEY_COUNT:
		if (dh_parse_count(arg, 1, COUNT_MAX, &chosen->count))
			dh_options_reject(state, "--count", arg, "a number from 1 to 1048576");
		return 0;
	case DH_KEY_SUMMARY:
		chosen->summary = true;
		return 0;
	case DH_KEY_MAP:
		chosen->map = true;
		return 0;
	case DH_KEY_EXPORT:
		chosen->import = true;
		chosen->device = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!dh_options_take_command(state, &chosen->command))
			argp_error(state, "'%s': a command goes behind '--'",
				   dh_text_escape_into(arg, safe, sizeof(safe)));
		return 0;
	case ARGP_KEY_END:
		if (!chosen->new.heap || !chosen->new.size)
			argp_error(state, "--heap and --size are needed");
		if (chosen->command && chosen->hold.hold)
			argp_error(state,
				   "--hold and a command exclude each other: the command holds the "
				   "buffers");
		if (chosen->summary &&
		    (chosen->map || chosen->fill.fill || chosen->fill.verify || chosen->import))
			argp_error(state,
				   "--summary leaves the buffers alone: without --map, --fill and "
				   "--export");
		if (chosen->summary && chosen->context->style.columns)
			argp_error(state, "--summary has no columns to choose: without -o");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = (const struct argp_child[]){ { .argp = &dh_new_argp },
						 { .argp = &dh_hold_argp },
						 { .argp = &dh_fill_argp },
						 { .argp = &dh_print_argp },
						 { 0 } },
	.args_doc = "[-- COMMAND [ARGUMENT...]]",
	.doc = "Allocate buffers from a heap, and keep them or hand them to a command.\v"
	       "COMMAND inherits the buffers as descriptors from 3 on, as sd_listen_fds(3) has it "
	       "(LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES), with DMAHEAPCTL_HEAP, DMAHEAPCTL_SIZE "
	       "and DMAHEAPCTL_COUNT. The report then goes to standard error.",
};

/* What was asked for beyond allocating, buffer by buffer. */
struct findings {
	struct dh_mapping_report *mappings;
	size_t n_mappings;
	struct dh_import_row *imports;
	size_t n_imports;
};

static void dh_auto_findings(struct findings *findings)
{
	free(findings->mappings);
	free(findings->imports);
}

static int touch_all(const struct alloc_options *chosen, const struct dh_obtained *obtained,
		     struct findings *findings)
{
	char subject[160];
	int worst = DH_EXIT_DONE;

	findings->mappings = calloc(obtained->tally.done + 1, sizeof(*findings->mappings));
	if (!findings->mappings)
		return dh_fail(DH_EXIT_REFUSED, "mapping: %s", strerror(ENOMEM));

	dh_obtained_subject(obtained, subject);
	for (uint64_t i = 0; i < obtained->tally.done; i++) {
		int status;

		if (!obtained->facts[i].described)
			continue;
		status = dh_touch(chosen->context, subject, &obtained->facts[i], &chosen->fill, 0,
				  &findings->mappings[findings->n_mappings++]);
		if (status && !worst)
			worst = status;
	}
	return worst;
}

/* Appends what the devices made of the latest buffer to what is known of the others. */
static int keep_rows(const struct dh_importers *importers, struct findings *findings)
{
	struct dh_import_row *more = reallocarray(
		findings->imports, findings->n_imports + importers->n_rows, sizeof(*more));

	if (!more)
		return dh_fail(DH_EXIT_REFUSED, "exporting: %s", strerror(ENOMEM));
	memcpy(more + findings->n_imports, importers->rows, importers->n_rows * sizeof(*more));
	findings->imports = more;
	findings->n_imports += importers->n_rows;
	return DH_EXIT_DONE;
}

static int import_all(const struct alloc_options *chosen, const struct dh_import_wishes *wishes,
		      const struct dh_obtained *obtained, struct dh_importers *importers,
		      struct findings *findings)
{
	char subject[160];
	int worst = DH_EXIT_DONE;

	dh_obtained_subject(obtained, subject);
	for (uint64_t i = 0; i < obtained->tally.done; i++) {
		int status;

		if (!obtained->facts[i].described)
			continue;
		status = dh_importers_try(chosen->context, wishes, &obtained->facts[i], importers);
		if (!status)
			status = keep_rows(importers, findings);
		if (status)
			return status;
		status = dh_importers_verdict(wishes, importers, subject);
		if (status && !worst)
			worst = status;
	}
	return worst;
}

static int report(const struct alloc_options *chosen, const struct dh_obtained *obtained,
		  const struct findings *findings)
{
	const struct dh_style *style = &chosen->context->style;
	const struct dh_tally *tally = &obtained->tally;
	const struct dh_section buffers =
		DH_LIST(dh_schema_buffers, obtained->facts, obtained->facts ? tally->done : 0);
	/* In a table, the one row says it all. */
	const struct dh_section summary =
		DH_RECORD(dh_schema_summary, tally,
			  style->format == DH_FORMAT_JSON || chosen->summary || tally->wanted > 1);
	/* What comes first is what raw output has. */
	const struct dh_section sections[] = {
		chosen->summary ? summary : buffers,
		chosen->summary ? buffers : summary,
		DH_LIST(dh_schema_mappings, findings->mappings, findings->n_mappings),
		DH_LIST(dh_schema_imports, findings->imports, findings->n_imports),
	};

	return dh_command_write(chosen->context, sections, ARRAY_SIZE(sections));
}

static int hand_over(const struct alloc_options *chosen, const struct dh_obtained *obtained)
{
	const char *name = chosen->new.label ? chosen->new.label : obtained->heap->name;
	/* A heap's name is that of a file. */
	char heap[sizeof("DMAHEAPCTL_HEAP=") + NAME_MAX], size[64], count[64], safe[256];
	const char *const environment[] = { heap, size, count, NULL };
	const struct dh_handover handover = {
		.fds = obtained->fds,
		.n = obtained->tally.done,
		.fdname = name,
		.environment = environment,
	};
	int wait_status, ret;

	snprintf(heap, sizeof(heap), "DMAHEAPCTL_HEAP=%s", obtained->heap->name);
	snprintf(size, sizeof(size), "DMAHEAPCTL_SIZE=%" PRIu64,
		 obtained->tally.bytes / obtained->tally.done);
	snprintf(count, sizeof(count), "DMAHEAPCTL_COUNT=%" PRIu64, obtained->tally.done);

	ret = dh_handover_run(&handover, chosen->command, &wait_status);
	if (ret)
		return dh_fail(dh_status_of(ret), "running '%s': %s",
			       dh_text_escape_into(chosen->command[0], safe, sizeof(safe)),
			       strerror(-ret));
	return dh_handover_status(wait_status);
}

static int run(struct dh_context *context, int argc, char **argv)
{
	struct alloc_options chosen = { .context = context };
	struct dh_import_wishes wishes = { 0 };
	dh_auto(obtained) struct dh_obtained obtained = { 0 };
	dh_auto(importers) struct dh_importers importers = { 0 };
	dh_auto(findings) struct findings findings = { 0 };
	int status, ret;

	status = dh_command_begin(context, &dh_command_alloc, argc, argv, &chosen);
	if (!status && chosen.import) {
		wishes.devices = &chosen.device;
		wishes.n_devices = chosen.device ? 1 : 0;
		status = dh_importers_find(context, &wishes, &importers);
	}
	if (status)
		return status;
	if (chosen.command)
		context->out = stderr; /* stdout is the command's */

	status = dh_obtain_new(context, &chosen.new, chosen.count,
			       chosen.command ? 2 * chosen.count : chosen.count, !chosen.summary,
			       &obtained);
	if (status && !obtained.tally.done && !obtained.tally.failed)
		return status;

	if (chosen.map || chosen.fill.fill || chosen.fill.verify) {
		ret = touch_all(&chosen, &obtained, &findings);
		status = status ? status : ret;
	}
	if (chosen.import) {
		ret = import_all(&chosen, &wishes, &obtained, &importers, &findings);
		status = status ? status : ret;
	}

	ret = chosen.command && context->quiet ? 0 : report(&chosen, &obtained, &findings);
	status = status ? status : ret;

	if (chosen.command && status)
		return dh_fail((enum dh_status)status, "not running the command");
	if (chosen.command)
		return hand_over(&chosen, &obtained);
	ret = obtained.tally.done ? dh_hold(&chosen.hold, false) : DH_EXIT_DONE;
	return ret ? ret : status;
}

const struct dh_command dh_command_alloc = {
	.name = "alloc",
	.help = "allocate buffers, keep them or hand them to a command",
	.argp = &argp,
	.in_order = true,
	.schema = &dh_schema_buffers,
	.run = run,
};
