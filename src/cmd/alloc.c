// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * alloc: buffers, to keep or to hand to a command.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "cmd/commands.h"
#include "cmd/fill-group.h"
#include "cmd/groups.h"
#include "frame/answer.h"
#include "frame/wait.h"
#include "present/schemas.h"
#include "task/buffers.h"
#include "task/cpu.h"
#include "task/importers.h"
#include "task/program.h"

struct alloc_options {
	struct dh_buffer_request request;
	struct dh_fill fill;
	struct dh_wait hold;
	uint64_t count;
	bool summary;
	bool map;
	bool import;
	const char *device;    /* of --export; NULL: every one */
	struct dh_words words; /* there must be none */
	char **command;	       /* ended by NULL; NULL: none */
};

static const struct dh_option own[] = {
	/* More than any process may have open: the kernel's NR_OPEN default. */
	{ DH_OPTION_COUNT, .name = "count", .argument = "N", .group = 11, .initial = "1",
	  .least = 1, .most = UINT64_C(1) << 20, .field = DH_AT(struct alloc_options, count),
	  .help = "number of buffers, all allocated at the same time (1)" },
	{ DH_OPTION_FLAG, .name = "summary", .given = DH_AT(struct alloc_options, summary),
	  .help = "only the summary: no buffer is described, for the plainest loop" },
	{ DH_OPTION_FLAG, .name = "map", .group = 41, .given = DH_AT(struct alloc_options, map),
	  .help = "map each buffer and see whether it is zeroed" },
	{ DH_OPTION_TEXT, .name = "export", .argument = "DEVICE", .optional = true, .group = 50,
	  .given = DH_AT(struct alloc_options, import),
	  .field = DH_AT(struct alloc_options, device),
	  .help = "import each buffer into DEVICE, as 'export' does, or into every one" },
	{ 0 },
};

static const char *check(const struct dh_env *env, void *options, char out[DH_SENTENCE_MAX])
{
	struct alloc_options *chosen = options;
	const struct dh_fill *fill = &chosen->fill;

	if (chosen->words.n) {
		snprintf(out, DH_SENTENCE_MAX, "'%s': a command goes behind '--'",
			 chosen->words.each[0]);
		return out;
	}
	if (!chosen->request.heap || !chosen->request.size)
		return "--heap and --size are needed";
	if (chosen->command && chosen->hold.wanted)
		return "--hold and a command exclude each other: the command holds the buffers";
	if (chosen->summary && (chosen->map || fill->fill || fill->verify || chosen->import))
		return "--summary leaves the buffers alone: without --map, --fill and --export";
	if (chosen->summary && env->style.columns)
		return "--summary has no columns to choose: without -o";
	return dh_fill_check(&chosen->fill);
}

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

static enum dh_status touch_all(const struct dh_env *env, const struct alloc_options *chosen,
				const struct dh_buffers *buffers, struct findings *findings)
{
	char subject[DH_SUBJECT_MAX];
	enum dh_status worst = DH_EXIT_DONE;

	findings->mappings = calloc(buffers->tally.done + 1, sizeof(*findings->mappings));
	if (!findings->mappings)
		return dh_fail(DH_EXIT_REFUSED, "mapping: %s", strerror(ENOMEM));

	dh_buffers_subject(buffers, subject);
	for (uint64_t i = 0; i < buffers->tally.done; i++) {
		enum dh_status status;

		if (!buffers->facts[i].described)
			continue;
		status = dh_cpu_touch(env, subject, &buffers->facts[i], &chosen->fill,
				      &findings->mappings[findings->n_mappings++]);
		worst = dh_status_first(worst, status);
	}
	return worst;
}

/* Appends what the devices made of the latest buffer to what is known of the others. */
static enum dh_status keep_rows(const struct dh_importers *importers, struct findings *findings)
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

static enum dh_status import_all(const struct dh_env *env, const struct dh_import_request *request,
				 const struct dh_buffers *buffers, struct dh_importers *importers,
				 struct findings *findings)
{
	char subject[DH_SUBJECT_MAX];
	enum dh_status worst = DH_EXIT_DONE;

	dh_buffers_subject(buffers, subject);
	for (uint64_t i = 0; i < buffers->tally.done; i++) {
		enum dh_status status;

		if (!buffers->facts[i].described)
			continue;
		status = dh_importers_try(env, request, &buffers->facts[i], importers);
		if (!status)
			status = keep_rows(importers, findings);
		if (status)
			return status;
		status = dh_importers_verdict(request, importers, subject);
		worst = dh_status_first(worst, status);
	}
	return worst;
}

static enum dh_status report(const struct dh_env *env, const struct alloc_options *chosen,
			     const struct dh_buffers *buffers, const struct findings *findings)
{
	const struct dh_tally *tally = &buffers->tally;
	const struct dh_section list =
		DH_LIST(dh_schema_buffers, buffers->facts, buffers->facts ? tally->done : 0);
	/* In a table, the one row says it all. */
	const struct dh_section summary = DH_RECORD(
		dh_schema_summary, tally,
		env->style.format == DH_FORMAT_JSON || chosen->summary || tally->requested > 1);
	/* What comes first is what raw output has. */
	const struct dh_section sections[] = {
		chosen->summary ? summary : list,
		chosen->summary ? list : summary,
		DH_LIST(dh_schema_mappings, findings->mappings, findings->n_mappings),
		DH_LIST(dh_schema_imports, findings->imports, findings->n_imports),
	};

	/* Standard output is the command's. */
	return dh_answer_write(&(struct dh_answer){
		.out = chosen->command ? stderr : stdout,
		.style = env->style,
		.sections = sections,
		.n = ARRAY_SIZE(sections),
	});
}

static enum dh_status alloc(const struct dh_env *env, const struct alloc_options *chosen,
			    const struct dh_import_request *import, struct dh_importers *importers,
			    struct dh_buffers *buffers)
{
	dh_auto(findings) struct findings findings = { 0 };
	enum dh_status status = dh_buffers_alloc(
		env, &chosen->request, chosen->count,
		chosen->command ? 2 * chosen->count : chosen->count, !chosen->summary, buffers);

	if (status && !buffers->tally.done && !buffers->tally.failed)
		return status;
	if (chosen->map || chosen->fill.fill || chosen->fill.verify)
		status = dh_status_first(status, touch_all(env, chosen, buffers, &findings));
	if (chosen->import)
		status = dh_status_first(status,
					 import_all(env, import, buffers, importers, &findings));
	if (chosen->command && env->quiet)
		return status;
	return dh_status_first(status, report(env, chosen, buffers, &findings));
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct alloc_options *chosen = options;
	const struct dh_import_request import = {
		.devices = &chosen->device,
		.n_devices = chosen->device ? 1 : 0,
	};
	dh_auto(buffers) struct dh_buffers buffers = { 0 };
	dh_auto(importers) struct dh_importers importers = { 0 };
	enum dh_status status = DH_EXIT_DONE, held;

	if (chosen->import)
		status = dh_importers_find(env, &import, &importers);
	if (status)
		return status;
	status = alloc(env, chosen, &import, &importers, &buffers);
	if (chosen->command && status)
		return dh_fail(status, "not running the command");
	if (chosen->command)
		return dh_program_run(chosen->command, &buffers, chosen->request.label);
	held = buffers.tally.done ? dh_wait(&chosen->hold, false) : DH_EXIT_DONE;
	return dh_status_first(held, status);
}

const struct dh_command dh_command_alloc = {
	.name = "alloc",
	.help = "allocate buffers, keep them or hand them to a command",
	.arguments = "[-- COMMAND [ARGUMENT...]]",
	.doc = "Allocate buffers from a heap, and keep them or hand them to a command.\v"
	       "COMMAND inherits the buffers as descriptors from 3 on, as sd_listen_fds(3) has it "
	       "(LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES), with DMAHEAPCTL_HEAP, DMAHEAPCTL_SIZE "
	       "and DMAHEAPCTL_COUNT. The report then goes to standard error.",
	.groups =
		(const struct dh_option_group[]){
			{ own, 0 },
			{ dh_descriptor_rows, offsetof(struct alloc_options, request) },
			{ dh_request_rows, offsetof(struct alloc_options, request) },
			{ dh_hold_rows, offsetof(struct alloc_options, hold) },
			{ dh_fill_rows, offsetof(struct alloc_options, fill) },
			{ 0 },
		},
	.size = sizeof(struct alloc_options),
	.words = DH_AT(struct alloc_options, words),
	.behind = DH_AT(struct alloc_options, command),
	.check = check,
	.schema = &dh_schema_buffers,
	.run = run,
};
