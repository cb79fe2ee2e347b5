// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * map: map a buffer, and access its contents.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/units.h"
#include "cmd/commands.h"
#include "cmd/groups.h"
#include "frame/output.h"
#include "frame/progress.h"
#include "present/hexdump.h"
#include "present/schemas.h"
#include "task/buffers.h"
#include "task/cpu.h"

/* A part of the buffer; both members are in bytes. */
struct range {
	uint64_t offset;
	uint64_t length; /* 0: to the end of the buffer */
};

struct map_options {
	struct dh_buffer_request request;
	struct dh_existing_buffer existing;
	struct dh_words words; /* HEAP and SIZE */
	struct dh_fill fill;
	bool dump;
	struct range range;
	const char *load; /* "-": standard input */
	const char *save; /* "-": standard output */
	uint64_t passes;  /* 0: no --passes */
	bool expect_unmappable;
};

/* Parses "OFFSET:LENGTH". One of the numbers may be omitted. */
static const char *parse_range(const char *text, void *field)
{
	static const char expected[] = "OFFSET:LENGTH in bytes, such as 0:256 or 4K:1K";
	const char *colon = strchr(text, ':');
	dh_auto(free) char *before = colon ? strndup(text, (size_t)(colon - text)) : NULL;
	struct range *range = field;

	if (!before || (!*before && !colon[1]))
		return expected;
	*range = (struct range){ 0 };
	if (*before && dh_parse_offset(before, &range->offset))
		return expected;
	if (colon[1] && dh_parse_size(colon + 1, &range->length))
		return expected;
	return NULL;
}

static const struct dh_option own[] = {
	{ DH_OPTION_TEXT, .name = "load", .argument = "FILE", .group = 40,
	  .field = DH_AT(struct map_options, load),
	  .help = "copy FILE to the start of the buffer; - is standard input" },
	{ DH_OPTION_FLAG, .name = "write", .given = DH_AT(struct map_options, existing.write),
	  .help = "allow --fill and --load to write to a buffer of another process (--pid)" },
	{ DH_OPTION_COUNT, .name = "passes", .argument = "N", .min = 1, .max = 1000000,
	  .field = DH_AT(struct map_options, passes),
	  .help = "run N passes (default: 1): fill if --fill is given, read, and verify if "
		  "--verify is given" },
	{ DH_OPTION_HEADING, .group = 43, .help = "Read options:" },
	{ DH_OPTION_PARSED, .name = "dump", .argument = "OFFSET:LENGTH", .optional = true,
	  .parse = parse_range, .given = DH_AT(struct map_options, dump),
	  .field = DH_AT(struct map_options, range),
	  .help = "print the buffer or a part of it in the format of hexdump -C" },
	{ DH_OPTION_TEXT, .name = "save", .argument = "FILE",
	  .field = DH_AT(struct map_options, save),
	  .help = "write the buffer to FILE; with -, write to standard output and print no "
		  "report" },
	{ DH_OPTION_HEADING, .group = 44, .help = "Expectation option:" },
	{ DH_OPTION_FLAG, .name = "expect-unmappable",
	  .given = DH_AT(struct map_options, expect_unmappable),
	  .help = "succeed if the exporter denies CPU access; fail if mapping succeeds" },
	{ 0 },
};

/*
 * Do not write to a buffer of another process without --write: the process may rely on the
 * contents.
 */
static bool is_read_only(const struct map_options *chosen)
{
	return chosen->existing.pid && !chosen->existing.write;
}

static const char *check(const struct dh_env *env, void *options, char out[DH_MESSAGE_MAX])
{
	struct map_options *chosen = options;
	const struct dh_style *style = &env->style;
	bool accesses = chosen->fill.fill || chosen->fill.verify || chosen->dump || chosen->load ||
			chosen->save || chosen->passes;
	const char *message =
		dh_existing_check(&chosen->existing, &chosen->words, &chosen->request, out);

	if (message)
		return message;
	if (is_read_only(chosen) && chosen->load)
		return "--load into a buffer of another process requires --write";
	if (is_read_only(chosen) && chosen->fill.fill)
		return "--fill of a buffer of another process requires --write";
	if (chosen->load && chosen->fill.fill)
		return "--load and --fill are mutually exclusive";
	if (chosen->expect_unmappable && accesses)
		return "--expect-unmappable cannot be combined with --fill, --verify, --load, "
		       "--dump, --save or --passes";
	if (chosen->dump && style->format != DH_FORMAT_TABLE)
		return "--dump cannot be combined with --json, --raw or --pairs; use '--save -' "
		       "to write the bytes to standard output";
	if (chosen->save && !strcmp(chosen->save, "-") &&
	    (chosen->dump || style->columns || style->format != DH_FORMAT_TABLE))
		return "'--save -' cannot be combined with --dump, --json, --raw, --pairs or "
		       "--output: standard output receives only the contents of the buffer";
	return dh_fill_check(&chosen->fill);
}

static enum dh_status dump(const struct range *range, struct dh_cpu_view *view)
{
	static unsigned char chunk[1 << 16];
	uint64_t at = range->offset, end = view->mapping.size;
	struct dh_hexdump dump;

	if (range->length && range->length < end - at)
		end = at + range->length;

	dh_progress_erase();
	errno = 0;
	dh_hexdump_begin(&dump, stdout, at);
	while (at < end) {
		size_t n = end - at < sizeof(chunk) ? (size_t)(end - at) : sizeof(chunk);
		enum dh_status status = dh_cpu_copy(view, at, chunk, n);

		if (status)
			return status;
		dh_hexdump_feed(&dump, chunk, n);
		if (ferror(stdout))
			break;
		at += n;
	}
	if (dh_hexdump_end(&dump) || fputc('\n', stdout) == EOF || fflush(stdout))
		return dh_fail(dh_interrupted() ? DH_EXIT_INTERRUPTED : DH_EXIT_ERROR,
			       errno ? errno : EIO, "writing the dump: %m");
	return DH_EXIT_DONE;
}

/* Returns false if --save writes the buffer to stdout, or if a write to stdout failed. */
static bool may_report(const struct map_options *chosen)
{
	return !(chosen->save && !strcmp(chosen->save, "-")) && !ferror(stdout);
}

/*
 * Executes all requested operations on the mapping. After a mismatch, still executes --dump and
 * --save. Returns a status; prints the error, if any.
 */
static enum dh_status access_mapping(const struct dh_env *env, const struct map_options *chosen,
				     int source, struct dh_cpu_view *view)
{
	const uint64_t passes = chosen->passes ? chosen->passes : 1;
	const uint64_t accesses =
		dh_cpu_accesses(&chosen->fill, passes) + !!chosen->load + !!chosen->save;
	enum dh_status status;

	dh_progress_begin("accessing", NULL, 0, accesses * view->mapping.size);
	status = dh_cpu_check_zeroed(env, view);
	if (!status && chosen->load)
		status = dh_cpu_load(view, chosen->load, source);
	if (status)
		return status;
	status = dh_cpu_write_and_check(view, &chosen->fill, passes);
	if (status && !view->report->mismatch.known)
		return status;
	if (chosen->dump)
		status = dh_status_first(status, dump(&chosen->range, view));
	if (chosen->save)
		status = dh_status_first(status, dh_cpu_save(view, chosen->save));
	return status;
}

static enum dh_status map(const struct dh_env *env, const struct map_options *chosen,
			  const struct dh_buffers *buffers, int source,
			  struct dh_mapping_report *report)
{
	char size[DH_UNIT_MAX];
	dh_auto(cpu_view) struct dh_cpu_view view = {
		.subject = buffers->subject,
		.report = report,
	};
	const struct dh_buffer_facts *facts = &buffers->facts[0];
	const unsigned int flags = (chosen->fill.no_sync ? DH_MAPPING_NO_SYNC : 0) |
				   (is_read_only(chosen) ? DH_MAPPING_READ_ONLY : 0);
	int error = dh_cpu_map(facts, flags, &view);

	if (error && chosen->expect_unmappable && dh_cpu_denied(facts, error))
		return DH_EXIT_DONE;
	if (error)
		return dh_cpu_map_failed(view.subject, facts, error);
	if (chosen->expect_unmappable)
		return dh_fail(DH_EXIT_ERROR, 0,
			       "%s: mapping succeeded despite --expect-unmappable", view.subject);
	if (buffers->inherited && !view.mapping.writable)
		dh_remark(env, "%s: opened read-only: the buffer can be read, but not written",
			  view.subject);
	if (chosen->range.offset >= view.mapping.size)
		return dh_fail(DH_EXIT_USAGE, 0,
			       "%s: --dump offset %" PRIu64
			       " is at or beyond the end of the buffer (%s)",
			       view.subject, chosen->range.offset,
			       dh_format_size(view.mapping.size, size));
	return access_mapping(env, chosen, source, &view);
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct map_options *chosen = options;
	struct dh_mapping_report report = { 0 };
	dh_auto(buffers) struct dh_buffers buffers = { 0 };
	dh_auto(fd) int source = -1;
	/* Open the file first: allocate no buffer if the file cannot be opened. */
	enum dh_status status = dh_cpu_open_source(chosen->load, &source);

	if (!status)
		status = dh_buffers_one(env, &chosen->request, &chosen->existing, &buffers);
	if (status)
		return status;

	status = map(env, chosen, &buffers, source, &report);
	if (status == DH_EXIT_USAGE || !may_report(chosen))
		return status;
	return dh_status_first(status,
			       dh_output_print(env, &DH_LIST(dh_schema_mappings, &report, 1), 1));
}

const struct dh_command dh_command_map = {
	.name = "map",
	.help = "map a buffer; write, verify, load, dump and save its contents",
	.arguments = "[HEAP [SIZE]]",
	.doc = "Map a buffer for CPU access; fill, verify, load, dump and save it.\v"
	       "Order of the operations: map, check for zeros, load, fill, read and verify, "
	       "CRC-32, dump, save, report.",
	.groups =
		(const struct dh_option_group[]){
			{ own, 0 },
			{ dh_descriptor_rows, offsetof(struct map_options, request) },
			{ dh_request_rows, offsetof(struct map_options, request) },
			{ dh_existing_rows, offsetof(struct map_options, existing) },
			{ dh_fill_rows, offsetof(struct map_options, fill) },
			{ 0 },
		},
	.interruptible = true,
	.size = sizeof(struct map_options),
	.operands = DH_AT(struct map_options, words),
	.check = check,
	.schema = &dh_schema_mappings,
	.run = run,
};
