// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * map: a buffer as the CPU sees it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/obtain.h"
#include "cli/options.h"
#include "cli/status.h"
#include "cli/touch.h"
#include "present/hexdump.h"
#include "present/schemas.h"

#define PASSES_MAX 1000000

struct map_options {
	struct dh_context *context;
	struct dh_new_options new;
	struct dh_fd_options fd;
	struct dh_fill_options fill;
	bool dump;
	uint64_t dump_offset;
	uint64_t dump_length; /* 0: to the end */
	const char *load;     /* "-": standard input */
	const char *save;     /* "-": standard output */
	uint64_t passes;      /* 0: not given */
	bool expect_unmappable;
};

static const struct argp_option options[] = {
	{ "load", DH_KEY_LOAD, "FILE", 0, "read FILE into its start; - is standard input", 40 },
	{ "passes", DH_KEY_PASSES, "N", 0, "fill, read and verify so many times (1)", 40 },
	{ NULL, 0, NULL, 0, "What to read out of it:", 43 },
	{ "dump", DH_KEY_DUMP, "OFFSET:LENGTH", OPTION_ARG_OPTIONAL,
	  "print it, or that part, as hexdump -C does", 0 },
	{ "save", DH_KEY_SAVE, "FILE", 0,
	  "write it to FILE; - is standard output, and then there is no report", 0 },
	{ NULL, 0, NULL, 0, "What is a success:", 44 },
	{ "expect-unmappable", DH_KEY_EXPECT_UNMAPPABLE, NULL, 0,
	  "that the CPU is refused; a mapping is a failure then", 0 },
	{ 0 },
};

/* "OFFSET:LENGTH"; either may be left out. 0 or -EINVAL. */
static int parse_range(const char *text, uint64_t *offset, uint64_t *length)
{
	const char *colon = strchr(text, ':');
	dh_auto(free) char *before = colon ? strndup(text, (size_t)(colon - text)) : NULL;

	if (!before || (!*before && !colon[1]))
		return -EINVAL;
	*offset = *length = 0;
	if (*before && dh_parse_offset(before, offset))
		return -EINVAL;
	if (colon[1] && dh_parse_size(colon + 1, length))
		return -EINVAL;
	return 0;
}

/* What cannot be had together: mostly because standard output has room for one thing. */
static void check(const struct map_options *chosen, struct argp_state *state)
{
	const struct dh_style *style = &chosen->context->style;
	bool touches = chosen->fill.fill || chosen->fill.verify || chosen->dump || chosen->load ||
		       chosen->save || chosen->passes;

	if (chosen->load && chosen->fill.fill)
		argp_error(state, "--load and --fill exclude each other: both say what is written");
	if (chosen->expect_unmappable && touches)
		argp_error(state,
			   "--expect-unmappable only maps: without --fill, --verify, --load, "
			   "--dump, --save and --passes");
	if (chosen->dump && style->format != DH_FORMAT_TABLE)
		argp_error(state, "--dump is for people; --save - hands the bytes to a program");
	if (chosen->save && !strcmp(chosen->save, "-") &&
	    (chosen->dump || style->columns || style->format != DH_FORMAT_TABLE))
		argp_error(state, "--save - leaves no room on standard output for --dump, --json, "
				  "--raw and -o");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct map_options *chosen = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		dh_options_groups(state, &chosen->new, &chosen->fd, &chosen->fill, chosen->context);
		return 0;
	case DH_KEY_LOAD:
		chosen->load = arg;
		return 0;
	case DH_KEY_SAVE:
		chosen->save = arg;
		return 0;
	case DH_KEY_DUMP:
		chosen->dump = true;
		if (arg && parse_range(arg, &chosen->dump_offset, &chosen->dump_length))
			dh_options_reject(state, "--dump", arg,
					  "OFFSET:LENGTH in bytes, such as 0:256 or 4K:1K");
		return 0;
	case DH_KEY_PASSES:
		if (dh_parse_count(arg, 1, PASSES_MAX, &chosen->passes))
			dh_options_reject(state, "--passes", arg, "a number from 1 to 1000000");
		return 0;
	case DH_KEY_EXPECT_UNMAPPABLE:
		chosen->expect_unmappable = true;
		return 0;
	case ARGP_KEY_END:
		check(chosen, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = (const struct argp_child[]){ { .argp = &dh_new_argp },
						 { .argp = &dh_fd_argp },
						 { .argp = &dh_fill_argp },
						 { .argp = &dh_print_argp },
						 { 0 } },
	.doc = "Map a buffer into the CPU's address space, write, check, load, dump and save it.\v"
	       "In this order, as far as asked for: map, look whether it is zeroed, load, fill, "
	       "read and verify, CRC-32, dump, save; then the report.",
};

/* One mapping and what is known of it. */
struct subject {
	char name[160];
	struct dh_mapping *mapping;
	struct dh_mapping_report *report;
};

static int fail_on_file(const struct subject *subject, const char *doing, const char *path,
			const char *why)
{
	char safe[256];

	return dh_fail(DH_EXIT_REFUSED, "%s: %s '%s': %s", subject->name, doing,
		       dh_text_escape_into(path, safe, sizeof(safe)), why);
}

static int load(const struct subject *subject, const char *path, int source)
{
	char size[DH_UNIT_MAX], why[128];
	uint64_t loaded;
	int error = dh_mapping_load(subject->mapping, source, &loaded);

	if (!error) {
		subject->report->loaded = dh_known(loaded);
		return DH_EXIT_DONE;
	}
	if (error == -EFBIG) {
		snprintf(why, sizeof(why),
			 "it is longer than the buffer of %s; nothing was written",
			 dh_format_size(subject->report->size, size));
		return fail_on_file(subject, "loading", path, why);
	}
	if (error == -EACCES || error == -EFAULT)
		return dh_touch_refused(subject->name, "loading into it", error);
	snprintf(why, sizeof(why), "%s, after %" PRIu64 " bytes", strerror(-error), loaded);
	return fail_on_file(subject, "loading", path, why);
}

static int dump(const struct map_options *chosen, const struct subject *subject)
{
	static unsigned char chunk[1 << 16];
	uint64_t at = chosen->dump_offset, end = subject->mapping->size;
	FILE *out = chosen->context->out;
	struct dh_hexdump dump;

	if (chosen->dump_length && chosen->dump_length < end - at)
		end = at + chosen->dump_length;

	errno = 0;
	dh_hexdump_begin(&dump, out, at);
	while (at < end) {
		size_t n = end - at < sizeof(chunk) ? (size_t)(end - at) : sizeof(chunk);
		int error = dh_mapping_copy(subject->mapping, at, chunk, n);

		if (error)
			return dh_touch_refused(subject->name, "dumping it", error);
		dh_hexdump_feed(&dump, chunk, n);
		if (ferror(out))
			break;
		at += n;
	}
	if (dh_hexdump_end(&dump) || fputc('\n', out) == EOF || fflush(out))
		return dh_fail(DH_EXIT_REFUSED, "writing the dump: %s",
			       strerror(errno ? errno : EIO));
	return DH_EXIT_DONE;
}

static int save(const struct subject *subject, const char *path)
{
	int sink = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
				     : dup(STDOUT_FILENO);
	char why[128];
	uint64_t saved;
	int error;

	if (sink < 0)
		return fail_on_file(subject, "saving to", path, strerror(errno));
	error = dh_mapping_save(subject->mapping, sink, &saved);
	if (close(sink) && !error)
		error = -errno;
	subject->report->saved = dh_known(saved);
	if (!error)
		return DH_EXIT_DONE;
	if (error == -EFAULT)
		return dh_touch_refused(subject->name, "saving it", error);
	snprintf(why, sizeof(why), "%s, after %" PRIu64 " of %zu bytes", strerror(-error), saved,
		 subject->mapping->size);
	return fail_on_file(subject, "saving to", path, why);
}

/* Standard output answers once: what failed to take the dump gets no report either. */
static bool report_fits(const struct map_options *chosen)
{
	return !(chosen->save && !strcmp(chosen->save, "-")) && !ferror(chosen->context->out);
}

/* All that is done with a mapping. What comes after a mismatch shows what is there. */
static int use(const struct map_options *chosen, const struct subject *subject, int source)
{
	struct dh_mapping_report *report = subject->report;
	int status, ret;

	status = dh_touch_look(chosen->context, subject->name, subject->mapping, report);
	if (!status && chosen->load)
		status = load(subject, chosen->load, source);
	if (status)
		return status;
	status = dh_touch_work(subject->name, subject->mapping, &chosen->fill,
			       chosen->passes ? chosen->passes : 1, report);
	if (status && !report->mismatch.known)
		return status;
	if (chosen->dump) {
		ret = dump(chosen, subject);
		status = status ? status : ret;
	}
	if (chosen->save) {
		ret = save(subject, chosen->save);
		status = status ? status : ret;
	}
	return status;
}

static int map(const struct map_options *chosen, const struct dh_obtained *obtained, int source,
	       struct dh_mapping_report *report)
{
	dh_auto(mapping) struct dh_mapping mapping = { .fd = -1 };
	struct subject subject = { .mapping = &mapping, .report = report };
	const struct dh_buffer_facts *facts = &obtained->facts[0];
	uint64_t offset = chosen->dump_offset;
	char size[DH_UNIT_MAX];
	int status, error = dh_touch_map(facts, chosen->fill.no_sync, &mapping, report);

	dh_obtained_subject(obtained, subject.name);
	if (error && chosen->expect_unmappable && dh_touch_denied(facts, error))
		return DH_EXIT_DONE;
	if (error)
		return dh_touch_explain(subject.name, facts, error);
	if (chosen->expect_unmappable)
		return dh_fail(
			DH_EXIT_REFUSED,
			"%s: it can be mapped: the CPU has access, which --expect-unmappable "
			"rules out",
			subject.name);
	if (offset >= mapping.size)
		return dh_fail(DH_EXIT_USAGE, "%s: --dump begins at %" PRIu64 " of %s",
			       subject.name, offset, dh_format_size(mapping.size, size));
	status = use(chosen, &subject, source);
	dh_mapping_sync_cost(&mapping, &report->sync_median, &report->sync_mean,
			     &report->sync_pairs);
	return status;
}

/* Opened before there is a buffer: a mistyped name costs no memory. */
static int open_source(const char *path, int *source)
{
	char safe[256];

	if (!path)
		return DH_EXIT_DONE;
	*source = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (*source >= 0)
		return DH_EXIT_DONE;
	return dh_fail(DH_EXIT_REFUSED, "--load '%s': %s",
		       dh_text_escape_into(path, safe, sizeof(safe)), strerror(errno));
}

static int run(struct dh_context *context, int argc, char **argv)
{
	struct map_options chosen = { .context = context };
	struct dh_mapping_report report = { 0 };
	dh_auto(obtained) struct dh_obtained obtained = { 0 };
	dh_auto(fd) int source = -1;
	int status, ret;

	status = dh_command_begin(context, &dh_command_map, argc, argv, &chosen);
	if (!status)
		status = open_source(chosen.load, &source);
	if (!status)
		status = dh_obtain_one(context, &chosen.new, &chosen.fd, &obtained);
	if (status)
		return status;

	status = map(&chosen, &obtained, source, &report);
	if (status == DH_EXIT_USAGE || !report_fits(&chosen))
		return status;
	ret = dh_command_write(context, &DH_LIST(dh_schema_mappings, &report, 1), 1);
	return status ? status : ret;
}

const struct dh_command dh_command_map = {
	.name = "map",
	.help = "map a buffer, write, check, load, dump and save it",
	.argp = &argp,
	.schema = &dh_schema_mappings,
	.run = run,
};
