// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * map: a buffer as the CPU sees it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/units.h"
#include "cmd/commands.h"
#include "cmd/fill-group.h"
#include "cmd/groups.h"
#include "frame/answer.h"
#include "present/hexdump.h"
#include "present/schemas.h"
#include "task/buffers.h"
#include "task/cpu.h"

/* A part of the buffer, in bytes. */
struct range {
	uint64_t offset;
	uint64_t length; /* 0: to the end */
};

struct map_options {
	struct dh_buffer_request request;
	struct dh_inherited_fd fd;
	struct dh_fill fill;
	bool dump;
	struct range range;
	const char *load; /* "-": standard input */
	const char *save; /* "-": standard output */
	uint64_t passes;  /* 0: not given */
	bool expect_unmappable;
};

/* "OFFSET:LENGTH"; either may be left out. */
static const char *parse_range(const char *text, void *field)
{
	static const char wanted[] = "OFFSET:LENGTH in bytes, such as 0:256 or 4K:1K";
	const char *colon = strchr(text, ':');
	dh_auto(free) char *before = colon ? strndup(text, (size_t)(colon - text)) : NULL;
	struct range *range = field;

	if (!before || (!*before && !colon[1]))
		return wanted;
	*range = (struct range){ 0 };
	if (*before && dh_parse_offset(before, &range->offset))
		return wanted;
	if (colon[1] && dh_parse_size(colon + 1, &range->length))
		return wanted;
	return NULL;
}

static const struct dh_option own[] = {
	{ DH_OPTION_TEXT, .name = "load", .argument = "FILE", .group = 40,
	  .field = DH_AT(struct map_options, load),
	  .help = "read FILE into its start; - is standard input" },
	{ DH_OPTION_COUNT, .name = "passes", .argument = "N", .least = 1, .most = 1000000,
	  .field = DH_AT(struct map_options, passes),
	  .help = "number of times to fill, read and verify (1)" },
	{ DH_OPTION_HEADING, .group = 43, .help = "What to read out of it:" },
	{ DH_OPTION_PARSED, .name = "dump", .argument = "OFFSET:LENGTH", .optional = true,
	  .parse = parse_range, .given = DH_AT(struct map_options, dump),
	  .field = DH_AT(struct map_options, range),
	  .help = "print it, or that part, as hexdump -C does" },
	{ DH_OPTION_TEXT, .name = "save", .argument = "FILE",
	  .field = DH_AT(struct map_options, save),
	  .help = "write it to FILE; - is standard output, and then there is no report" },
	{ DH_OPTION_HEADING, .group = 44, .help = "What is a success:" },
	{ DH_OPTION_FLAG, .name = "expect-unmappable",
	  .given = DH_AT(struct map_options, expect_unmappable),
	  .help = "that the CPU is refused; a mapping is a failure then" },
	{ 0 },
};

/* What cannot be had together: mostly because standard output has room for one thing. */
static const char *check(const struct dh_env *env, void *options, char out[DH_SENTENCE_MAX])
{
	struct map_options *chosen = options;
	const struct dh_style *style = &env->style;
	bool touches = chosen->fill.fill || chosen->fill.verify || chosen->dump || chosen->load ||
		       chosen->save || chosen->passes;

	(void)out;
	if (chosen->load && chosen->fill.fill)
		return "--load and --fill exclude each other: both say what is written";
	if (chosen->expect_unmappable && touches)
		return "--expect-unmappable only maps: without --fill, --verify, --load, --dump, "
		       "--save and --passes";
	if (chosen->dump && style->format != DH_FORMAT_TABLE)
		return "--dump is for people; --save - hands the bytes to a program";
	if (chosen->save && !strcmp(chosen->save, "-") &&
	    (chosen->dump || style->columns || style->format != DH_FORMAT_TABLE))
		return "--save - leaves no room on standard output for --dump, --json, --raw and "
		       "-o";
	return dh_fill_check(&chosen->fill);
}

static enum dh_status dump(const struct range *range, struct dh_cpu_view *view)
{
	static unsigned char chunk[1 << 16];
	uint64_t at = range->offset, end = view->mapping.size;
	struct dh_hexdump dump;

	if (range->length && range->length < end - at)
		end = at + range->length;

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
		return dh_fail(DH_EXIT_REFUSED, "writing the dump: %s",
			       strerror(errno ? errno : EIO));
	return DH_EXIT_DONE;
}

/* Standard output answers once: what failed to take the dump gets no report either. */
static bool report_fits(const struct map_options *chosen)
{
	return !(chosen->save && !strcmp(chosen->save, "-")) && !ferror(stdout);
}

/* All that is done with a mapping. What comes after a mismatch shows what is there. */
static enum dh_status use(const struct dh_env *env, const struct map_options *chosen, int source,
			  struct dh_cpu_view *view)
{
	enum dh_status status = dh_cpu_check_zeroed(env, view);

	if (!status && chosen->load)
		status = dh_cpu_load(view, chosen->load, source);
	if (status)
		return status;
	status = dh_cpu_write_and_check(view, &chosen->fill, chosen->passes ? chosen->passes : 1);
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
	char subject[DH_SUBJECT_MAX], size[DH_UNIT_MAX];
	dh_auto(cpu_view) struct dh_cpu_view view = {
		.subject = dh_buffers_subject(buffers, subject),
		.report = report,
	};
	const struct dh_buffer_facts *facts = &buffers->facts[0];
	int error = dh_cpu_map(facts, chosen->fill.no_sync, &view);

	if (error && chosen->expect_unmappable && dh_cpu_denied(facts, error))
		return DH_EXIT_DONE;
	if (error)
		return dh_cpu_unmappable(subject, facts, error);
	if (chosen->expect_unmappable)
		return dh_fail(
			DH_EXIT_REFUSED,
			"%s: it can be mapped: the CPU has access, which --expect-unmappable "
			"rules out",
			subject);
	if (chosen->range.offset >= view.mapping.size)
		return dh_fail(DH_EXIT_USAGE, "%s: --dump begins at %" PRIu64 " of %s", subject,
			       chosen->range.offset, dh_format_size(view.mapping.size, size));
	return use(env, chosen, source, &view);
}

static enum dh_status run(const struct dh_env *env, const void *options)
{
	const struct map_options *chosen = options;
	struct dh_mapping_report report = { 0 };
	dh_auto(buffers) struct dh_buffers buffers = { 0 };
	dh_auto(fd) int source = -1;
	/* Before there is a buffer: a mistyped name costs no memory. */
	enum dh_status status = dh_cpu_open_source(chosen->load, &source);

	if (!status)
		status = dh_buffers_one(env, &chosen->request, &chosen->fd, &buffers);
	if (status)
		return status;

	status = map(env, chosen, &buffers, source, &report);
	if (status == DH_EXIT_USAGE || !report_fits(chosen))
		return status;
	return dh_status_first(status, dh_answer(env, &DH_LIST(dh_schema_mappings, &report, 1), 1));
}

const struct dh_command dh_command_map = {
	.name = "map",
	.help = "map a buffer, write, check, load, dump and save it",
	.doc = "Map a buffer into the CPU's address space, write, check, load, dump and save it.\v"
	       "In this order, as far as asked for: map, look whether it is zeroed, load, fill, "
	       "read and verify, CRC-32, dump, save; then the report.",
	.groups =
		(const struct dh_option_group[]){
			{ own, 0 },
			{ dh_descriptor_rows, offsetof(struct map_options, request) },
			{ dh_request_rows, offsetof(struct map_options, request) },
			{ dh_fd_rows, offsetof(struct map_options, fd) },
			{ dh_fill_rows, offsetof(struct map_options, fill) },
			{ 0 },
		},
	.size = sizeof(struct map_options),
	.check = check,
	.schema = &dh_schema_mappings,
	.run = run,
};
