// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * alloc: allocate buffers, and hold them or pass them to a command.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/progress.h"
#include "cmd/commands.h"
#include "cmd/groups.h"
#include "frame/output.h"
#include "frame/wait.h"
#include "present/schemas.h"
#include "task/buffers.h"
#include "task/cpu.h"
#include "task/importers.h"
#include "task/probe.h"
#include "task/program.h"

/*
 * If more than this number of buffers is requested, a table omits the rows of the buffers, unless
 * -v or -o is given.
 */
#define ROWS_MAX 20

struct alloc_options {
	struct dh_buffer_request request;
	struct dh_fill fill;
	struct dh_wait hold;
	uint64_t count;
	bool summary;
	bool map;
	bool import;
	const char *device;    /* argument of --export; NULL: all DRM devices */
	struct dh_words words; /* HEAP and SIZE */
	char **command;	       /* NULL-terminated; NULL: none */
};

static const struct dh_option own[] = {
	/* 2^20 is the default of fs.nr_open, the kernel's limit on descriptors per process. */
	{ DH_OPTION_COUNT, .name = "count", .argument = "N", .group = 11, .initial = "1", .min = 1,
	  .max = UINT64_C(1) << 20, .field = DH_AT(struct alloc_options, count),
	  .help = "number of buffers to hold at the same time (default: 1); above 20, the table "
		  "omits the rows of the buffers unless -v or -o is given" },
	{ DH_OPTION_FLAG, .name = "summary", .given = DH_AT(struct alloc_options, summary),
	  .help = "print only a summary, and query the properties of only the first "
		  "buffer" },
	{ DH_OPTION_FLAG, .name = "probe", .given = DH_AT(struct alloc_options, request.probe),
	  .help = "allocate and free buffers to find the largest buffer and the total size that "
		  "HEAP can allocate, with at most SIZE allocated at the same time" },
	{ DH_OPTION_FLAG, .name = "map", .group = 41, .given = DH_AT(struct alloc_options, map),
	  .help = "map each buffer and check whether it is zeroed" },
	{ DH_OPTION_TEXT, .name = "export", .argument = "DEVICE", .optional = true, .group = 50,
	  .given = DH_AT(struct alloc_options, import),
	  .field = DH_AT(struct alloc_options, device),
	  .help = "import each buffer into DEVICE, as 'export' does (default: all DRM devices)" },
	{ 0 },
};

static const char *check_probe(const struct alloc_options *chosen)
{
	const struct dh_fill *fill = &chosen->fill;

	if (!chosen->request.heap)
		return "--probe requires a HEAP";
	if (chosen->count != 1 || chosen->summary || chosen->request.label || chosen->map ||
	    fill->fill || fill->verify || fill->no_sync || chosen->import ||
	    chosen->hold.requested || chosen->command)
		return "--probe cannot be combined with --count, --summary, --name, --map, --fill, "
		       "--verify, --no-sync, --export, --hold or a command";
	return NULL;
}

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct alloc_options *chosen = options;
	const struct dh_fill *fill = &chosen->fill;
	const char *message;

	message = dh_request_words(&chosen->words, 0, &chosen->request, out);
	if (message)
		return message;
	if (chosen->request.probe)
		return check_probe(chosen);
	if (!chosen->request.heap || !chosen->request.size)
		return "missing heap or size: expected HEAP and SIZE, or --heap and --size";
	if (chosen->command && chosen->hold.requested)
		return "--hold cannot be combined with a command, which holds the buffers itself";
	if (chosen->summary && (chosen->map || fill->fill || fill->verify || chosen->import))
		return "--summary cannot be combined with --map, --fill, --verify or --export";
	if (chosen->summary && env->style.columns)
		return "--summary cannot be combined with --output";
	return dh_fill_check(&chosen->fill);
}

/* Results of --map, --fill, --verify and --export for all buffers. */
struct results {
	struct dh_mapping_report *mappings;
	size_t n_mappings;
	struct dh_import_row *imports;
	size_t n_imports;
};

static void dh_auto_results(struct results *results)
{
	free(results->mappings);
	free(results->imports);
}

static enum dh_status test_all(const struct dh_env *env, const struct alloc_options *chosen,
			       const struct dh_buffers *buffers, struct results *results)
{
	enum dh_status worst = DH_EXIT_DONE;

	results->mappings = calloc(buffers->tally.done + 1, sizeof(*results->mappings));
	if (!results->mappings)
		return dh_fail(DH_EXIT_ERROR, ENOMEM, "mapping: %m");

	dh_progress_begin("mapping", "buffers", buffers->tally.done,
			  buffers->tally.bytes * dh_cpu_accesses(&chosen->fill, 0));
	for (uint64_t i = 0; i < buffers->tally.done; i++) {
		enum dh_status status;

		if (!buffers->facts[i].described)
			continue;
		status = dh_cpu_test(env, buffers->subject, &buffers->facts[i], &chosen->fill,
				     &results->mappings[results->n_mappings++]);
		worst = dh_status_first(worst, status);
		if (status == DH_EXIT_INTERRUPTED)
			break;
		dh_progress_add(1, 0);
	}
	return worst;
}

static enum dh_status import_all(const struct dh_env *env, const struct dh_import_request *request,
				 const struct dh_buffers *buffers, struct dh_importers *importers,
				 struct results *results)
{
	enum dh_status worst = DH_EXIT_DONE;

	dh_progress_begin("importing", "imports", buffers->tally.done * importers->n, 0);
	for (uint64_t i = 0; i < buffers->tally.done; i++) {
		enum dh_status status;

		if (!buffers->facts[i].described)
			continue;
		status = dh_importers_import(env, request, &buffers->facts[i], importers);
		if (status && status != DH_EXIT_INTERRUPTED)
			return status;
		worst = dh_status_first(worst, status);
		status =
			dh_importers_report(env, importers, &results->imports, &results->n_imports);
		if (status)
			return status;
		status = dh_importers_verdict(request, importers, buffers->subject);
		worst = dh_status_first(worst, status);
		if (worst == DH_EXIT_INTERRUPTED)
			break;
	}
	return worst;
}

static enum dh_status report(const struct dh_env *env, const struct alloc_options *chosen,
			     const struct dh_buffers *buffers, const struct results *results)
{
	const struct dh_tally *tally = &buffers->tally;
	/* A summary is easier to read than the rows of many buffers. */
	const bool brief = env->style.format == DH_FORMAT_TABLE && !env->verbose &&
			   !env->style.columns && tally->requested > ROWS_MAX;
	const struct dh_section list = DH_LIST(dh_schema_buffers, buffers->facts,
					       buffers->facts && !brief ? tally->done : 0);
	/* For a single buffer, the list already contains the figures of the summary. */
	struct dh_section summary = DH_RECORD(dh_schema_summary, tally,
					      env->style.format == DH_FORMAT_JSON ||
						      chosen->summary || tally->requested > 1);
	summary.line = true;
	/* --raw prints only the first section: with --summary, begin with the summary. */
	const struct dh_section sections[] = {
		chosen->summary || brief ? summary : list,
		chosen->summary || brief ? list : summary,
		DH_LIST(dh_schema_mappings, results->mappings, results->n_mappings),
		DH_LIST(dh_schema_imports, results->imports, results->n_imports),
	};

	/* If a command runs, report on stderr, because the command can write to stdout. */
	return dh_output_write(&(struct dh_output){
		.env = env,
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
	dh_auto(results) struct results results = { 0 };
	enum dh_status status = dh_buffers_alloc(
		env, &chosen->request, chosen->count,
		chosen->command ? 2 * chosen->count : chosen->count, !chosen->summary, buffers);

	/* If the error occurred before the first allocation, there is nothing to report. */
	if (status && !buffers->tally.requested)
		return status;
	if (status != DH_EXIT_INTERRUPTED &&
	    (chosen->map || chosen->fill.fill || chosen->fill.verify))
		status = dh_status_first(status, test_all(env, chosen, buffers, &results));
	if (status != DH_EXIT_INTERRUPTED && chosen->import)
		status = dh_status_first(status,
					 import_all(env, import, buffers, importers, &results));
	if (chosen->command && env->quiet)
		return status;
	return dh_status_first(status, report(env, chosen, buffers, &results));
}

static enum dh_status probe(const struct dh_env *env, const struct dh_buffer_request *request)
{
	dh_auto(heap_choice) struct dh_heap_choice choice = { 0 };
	struct dh_probe figures;
	enum dh_status written, status = dh_heap_probe(env, request, &choice, &figures);
	struct dh_section section = DH_RECORD(dh_schema_probe, &figures, 1);

	/* If the error occurred before the first allocation, there is nothing to report. */
	if (!figures.limit)
		return status;
	section.line = true;
	written = dh_output_print(env, &section, 1);
	return written ? written : status;
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

	if (chosen->request.probe)
		return probe(env, &chosen->request);
	if (chosen->import)
		status = dh_importers_find(env, &import, &importers);
	if (status)
		return status;
	status = alloc(env, chosen, &import, &importers, &buffers);
	if (chosen->command && status)
		return dh_fail(status, 0, "command not run");
	if (chosen->command)
		return dh_program_run(chosen->command, &buffers, chosen->request.label);
	held = buffers.tally.done && status != DH_EXIT_INTERRUPTED
		       ? dh_wait(env, &chosen->hold, false)
		       : DH_EXIT_DONE;
	return dh_status_first(held, status);
}

const struct dh_command dh_command_alloc = {
	.name = "alloc",
	.help = "allocate buffers, and hold them or pass them to a command",
	.arguments = "[HEAP [SIZE]] [-- COMMAND [ARGUMENT...]]",
	.doc = "Allocate buffers from a heap, and hold them or pass them to a command.\v"
	       "COMMAND inherits the buffers as descriptors 3 and up. Its environment contains "
	       "LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES (see sd_listen_fds(3)), and "
	       "DMAHEAPCTL_HEAP, DMAHEAPCTL_SIZE and DMAHEAPCTL_COUNT. With COMMAND, the "
	       "report goes to standard error.",
	.groups =
		(const struct dh_option_group[]){
			{ own, 0 },
			{ dh_descriptor_rows, offsetof(struct alloc_options, request) },
			{ dh_request_rows, offsetof(struct alloc_options, request) },
			{ dh_hold_rows, offsetof(struct alloc_options, hold) },
			{ dh_fill_rows, offsetof(struct alloc_options, fill) },
			{ 0 },
		},
	.interruptible = true,
	.size = sizeof(struct alloc_options),
	.operands = DH_AT(struct alloc_options, words),
	.after_dashes = DH_AT(struct alloc_options, command),
	.check = check,
	.schema = &dh_schema_buffers,
	.views = (const struct dh_view[]){ { &dh_schema_probe, "probe",
					     DH_AT(struct alloc_options, request.probe) },
					   { 0 } },
	.run = run,
};
