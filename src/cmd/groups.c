// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/groups.h"

#include <stdio.h>
#include <string.h>

#include "base/pattern.h"
#include "base/units.h"
#include "cmd/operands.h"

static const char *parse_heap(const char *text, void *field)
{
	const char *name = dh_heap_operand(text);

	*(const char **)field = name;
	return *name ? NULL : "the name or class of a heap";
}

static const char *parse_size(const char *text, void *field)
{
	return dh_parse_size(text, field) ? "a size such as 4096, 64K or 1M" : NULL;
}

static const char *parse_fd_flags(const char *text, void *field)
{
	return dh_parse_fd_flags(text, field)
		       ? "flags such as rdonly or rdwr,cloexec, or a 32-bit number"
		       : NULL;
}

static const char *parse_label(const char *text, void *field)
{
	*(const char **)field = text;
	return strlen(text) < DH_BUFFER_NAME_MAX ? NULL : "a name of at most 31 bytes";
}

static const char *parse_pattern(const char *text, void *field)
{
	return dh_pattern_parse(text, field) ? "zero, one, a byte 0xNN, counter or random:SEED"
					     : NULL;
}

static const char *parse_expected(const char *text, void *field)
{
	struct dh_expected *expected = field;

	expected->given = true;
	return parse_pattern(text, &expected->pattern);
}

const struct dh_option dh_request_rows[] = {
	{ DH_OPTION_HEADING, .group = 10, .help = "Allocation options:" },
	{ DH_OPTION_PARSED, .name = "heap", .argument = "HEAP", .parse = parse_heap,
	  .field = DH_AT(struct dh_buffer_request, heap),
	  .help = "allocate from HEAP: a name, or a class (system, cma, protected, carveout)" },
	{ DH_OPTION_PARSED, .name = "size", .argument = "SIZE", .parse = parse_size,
	  .field = DH_AT(struct dh_buffer_request, size),
	  .help = "size of a buffer, in bytes or with a unit, such as 4096, 0x1000, 4K, 1M, 2GiB "
		  "or 10MB" },
	{ DH_OPTION_COUNT, .name = "heap-flags", .argument = "NUMBER", .max = UINT64_MAX,
	  .field = DH_AT(struct dh_buffer_request, heap_flags), .expected = "a 64-bit number",
	  .help = "heap flags, passed to the kernel unchanged (default: 0)" },
	{ DH_OPTION_FLAG, .name = "force", .given = DH_AT(struct dh_buffer_request, force),
	  .help = "allocate even if the request exceeds the available memory" },
	{ 0 },
};

const struct dh_option dh_descriptor_rows[] = {
	{ DH_OPTION_PARSED, .name = "fd-flags", .argument = "FLAGS", .group = 10,
	  .parse = parse_fd_flags, .field = DH_AT(struct dh_buffer_request, fd_flags),
	  .initial = "rdwr,cloexec",
	  .help = "flags of the descriptor: rdonly, wronly or rdwr, optionally with cloexec, or a "
		  "number (default: rdwr,cloexec)" },
	{ DH_OPTION_PARSED, .name = "name", .argument = "LABEL", .parse = parse_label,
	  .field = DH_AT(struct dh_buffer_request, label),
	  .help = "name of the buffer, up to 31 bytes" },
	{ 0 },
};

const struct dh_option dh_existing_rows[] = {
	{ DH_OPTION_HEADING, .group = 20, .help = "Existing buffer:" },
	{ DH_OPTION_FD, .name = "fd", .argument = "N",
	  .field = DH_AT(struct dh_existing_buffer, fd),
	  .help = "use the inherited descriptor N or, with --pid, descriptor N of process PID" },
	{ DH_OPTION_COUNT, .name = "pid", .argument = "PID", .min = 1, .max = INT32_MAX,
	  .field = DH_AT(struct dh_existing_buffer, pid), .expected = "a process ID",
	  .help = "use a buffer of process PID; requires --inode or --fd" },
	{ DH_OPTION_COUNT, .name = "inode", .argument = "N", .min = 1, .max = UINT64_MAX,
	  .field = DH_AT(struct dh_existing_buffer, inode), .expected = "an inode number",
	  .help = "with --pid, use the buffer with inode number N" },
	{ 0 },
};

const struct dh_option dh_hold_rows[] = {
	{ DH_OPTION_HEADING, .group = 30, .help = "Hold option:" },
	{ DH_OPTION_DURATION, .name = "hold", .argument = "DURATION", .optional = true,
	  .given = DH_AT(struct dh_wait, requested), .field = DH_AT(struct dh_wait, nanoseconds),
	  .min = 1,
	  .help = "hold the buffers for DURATION, such as 10, 1.5s, 200ms or 5m (default: no "
		  "limit); a signal ends the hold, and so does end of file if standard input is "
		  "a pipe or a socket" },
	{ 0 },
};

const struct dh_option dh_fill_rows[] = {
	{ DH_OPTION_HEADING, .group = 40, .help = "CPU access options:" },
	{ DH_OPTION_PARSED, .name = "fill", .argument = "PATTERN", .parse = parse_pattern,
	  .given = DH_AT(struct dh_fill, fill), .field = DH_AT(struct dh_fill, pattern),
	  .help = "write a pattern: zero, one, a byte 0xNN, counter or random:SEED" },
	{ DH_OPTION_PARSED, .name = "verify", .argument = "PATTERN", .optional = true,
	  .parse = parse_expected, .given = DH_AT(struct dh_fill, verify),
	  .field = DH_AT(struct dh_fill, expected),
	  .help = "read the buffer and compare it with PATTERN (default: pattern of --fill)" },
	{ DH_OPTION_FLAG, .name = "no-sync", .given = DH_AT(struct dh_fill, no_sync),
	  .help = "skip the cache maintenance (DMA_BUF_IOCTL_SYNC) around every access" },
	{ 0 },
};

const char *dh_fill_check(struct dh_fill *fill)
{
	if (fill->expected.given)
		return NULL;
	if (fill->verify && !fill->fill)
		return "--verify without a pattern requires --fill";
	fill->expected.pattern = fill->pattern;
	return NULL;
}

const char *dh_request_words(const struct dh_words *words, size_t next,
			     struct dh_buffer_request *request, char out[DH_MESSAGE_MAX])
{
	const char *expected = NULL;

	if (next < words->n && !request->heap)
		expected = parse_heap(words->each[next++], &request->heap);
	if (!expected && next < words->n && !request->size)
		expected = parse_size(words->each[next++], &request->size);
	if (!expected && next == words->n)
		return NULL;

	if (expected)
		snprintf(out, DH_MESSAGE_MAX, "invalid argument '%s': expected %s",
			 words->each[next - 1], expected);
	else
		snprintf(out, DH_MESSAGE_MAX, "unexpected argument '%s'", words->each[next]);
	return out;
}

const char *dh_existing_check(const struct dh_existing_buffer *existing,
			      const struct dh_words *words, struct dh_buffer_request *request,
			      char out[DH_MESSAGE_MAX])
{
	const char *message = dh_request_words(words, 0, request, out);

	if (message)
		return message;
	if (existing->inode && !existing->pid)
		return "--inode requires --pid";
	if (existing->write && !existing->pid)
		return "--write requires --pid";
	if (existing->pid && existing->fd.given == !!existing->inode)
		return "--pid requires either --inode or --fd";
	if (existing->pid && (request->heap || request->size))
		return "--pid cannot be combined with a heap or a size";
	if (existing->fd.given && (request->heap || request->size))
		return "--fd cannot be combined with a heap or a size";
	return NULL;
}
