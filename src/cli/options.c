// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "base/units.h"
#include "cli/status.h"
#include "model/buffer.h"

error_t dh_words_add(struct dh_words *words, const char *word)
{
	const char **more = reallocarray(words->each, words->n + 1, sizeof(*more));

	if (!more)
		return ENOMEM;
	words->each = more;
	words->each[words->n++] = word;
	return 0;
}

/*
 * What argp and getopt write while they parse. They quote arguments as they are, so that goes
 * into memory first, and to standard error without what a terminal would obey.
 */
static struct {
	bool parsing;
	int memory; /* -1: nothing is kept from standard error */
	int former; /* standard error */
} messages = { .memory = -1, .former = -1 };

static void hold_messages(void)
{
	messages.parsing = true;
	messages.memory = memfd_create("messages", MFD_CLOEXEC);
	messages.former = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (messages.memory >= 0 && messages.former >= 0)
		dup2(messages.memory, STDERR_FILENO);
}

/* The text is a sentence, where a newline belongs to an argument, and argp's advice below it. */
static void print_messages(const char *text, size_t length)
{
	static const char advice[] = "\nTry `";
	const char *lines = memmem(text, length, advice, strlen(advice));

	for (const char *next; lines; lines = next) {
		next = memmem(lines + 1, length - (size_t)(lines + 1 - text), advice,
			      strlen(advice));
		if (!next)
			break;
	}
	if (!lines)
		lines = text + length - 1;
	for (const char *c = text; c < text + length; c++) {
		bool plain = *c == '\n' ? c >= lines : *c >= 0x20 && *c < 0x7f;

		fprintf(stderr, plain ? "%c" : "\\x%02x", (unsigned char)*c);
	}
}

static void release_messages(void)
{
	off_t length = messages.memory < 0 ? 0 : lseek(messages.memory, 0, SEEK_END);
	char *text = length > 0 ? mmap(NULL, (size_t)length, PROT_READ, MAP_SHARED,
				       messages.memory, 0)
				: MAP_FAILED;

	messages.parsing = false;
	if (messages.former >= 0) {
		dup2(messages.former, STDERR_FILENO);
		close(messages.former);
	}
	if (text != MAP_FAILED) {
		print_messages(text, (size_t)length);
		munmap(text, (size_t)length);
	}
	if (messages.memory >= 0)
		close(messages.memory);
	messages.memory = messages.former = -1;
}

/* argp ends the process after --help, --usage and --version, whatever became of the text. */
static void check_answer(void)
{
	if (!messages.parsing)
		return;
	release_messages();
	errno = 0;
	if (fflush(stdout) || ferror(stdout))
		_exit(dh_fail(DH_EXIT_REFUSED, "writing the answer: %s",
			      strerror(errno ? errno : EIO)));
}

void dh_options_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
		      void *input)
{
	static bool registered;
	int ret;

	argp_err_exit_status = DH_EXIT_USAGE;
	if (!registered && atexit(check_answer))
		exit(dh_fail(DH_EXIT_REFUSED, "reading the arguments: %s", strerror(ENOMEM)));
	registered = true;
	hold_messages();
	ret = argp_parse(argp, argc, argv, flags, NULL, input);
	release_messages();
	if (ret == ENOMEM)
		exit(dh_fail(DH_EXIT_REFUSED, "reading the arguments: %s", strerror(ret)));
	if (ret)
		exit(DH_EXIT_USAGE);
}

bool dh_options_take_command(struct argp_state *state, char ***command)
{
	/* Without the dashes, the command's own options would be taken for ours. */
	if (!state->quoted)
		return false;
	*command = state->argv + state->next - 1;
	state->next = state->argc;
	return true;
}

void dh_options_check_heap(struct argp_state *state, const char *name)
{
	if (!*name)
		argp_error(state, "the name of a heap cannot be empty");
}

void dh_options_reject(struct argp_state *state, const char *option, const char *value,
		       const char *wanted)
{
	char safe[256];

	argp_error(state, "%s '%s': wanted is %s", option,
		   dh_text_escape_into(value, safe, sizeof(safe)), wanted);
}

void dh_options_duration(struct argp_state *state, const char *option, const char *arg,
			 uint64_t *nanoseconds)
{
	if (dh_parse_duration(arg, nanoseconds) || !*nanoseconds)
		dh_options_reject(state, option, arg,
				  "a duration above zero, such as 10, 1.5s, 200ms or 5m");
}

static const struct argp_option print_options[] = {
	{ NULL, 0, NULL, 0, "How to print:", 80 },
	{ "json", DH_KEY_JSON, NULL, 0, "JSON, with every column unless -o names some", 0 },
	{ "raw", DH_KEY_RAW, NULL, 0, "one row a line for shells, cells apart by a space", 0 },
	{ "output", 'o', "COLUMNS", 0, "these columns, or with a leading + these too", 0 },
	{ "no-headings", DH_KEY_NO_HEADINGS, NULL, 0, "leave out the heading", 0 },
	{ "quiet", 'q', NULL, 0, "leave out remarks on standard error", 0 },
	{ "verbose", 'v', NULL, 0, "say which sources were read and what each returned", 0 },
	{ 0 },
};

static error_t parse_print(int key, char *arg, struct argp_state *state)
{
	struct dh_context *context = state->input;

	switch (key) {
	case DH_KEY_JSON:
	case DH_KEY_RAW: {
		enum dh_format format = key == DH_KEY_JSON ? DH_FORMAT_JSON : DH_FORMAT_RAW;

		if (context->style.format != DH_FORMAT_TABLE && context->style.format != format)
			argp_error(state, "--json and --raw exclude each other");
		context->style.format = format;
		return 0;
	}
	case 'o':
		context->style.columns = arg;
		return 0;
	case DH_KEY_NO_HEADINGS:
		context->style.headings = false;
		return 0;
	case 'q':
		context->quiet = true;
		return 0;
	case 'v':
		context->verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp dh_print_argp = { .options = print_options, .parser = parse_print };

static const struct argp_option sysroot_options[] = {
	{ "sysroot", DH_KEY_SYSROOT, "FOLDER", 0,
	  "read a recorded system: sys, proc, dev and etc below FOLDER", 0 },
	{ 0 },
};

static error_t parse_sysroot(int key, char *arg, struct argp_state *state)
{
	struct dh_context *context = state->input;

	if (key != DH_KEY_SYSROOT)
		return ARGP_ERR_UNKNOWN;
	context->sysroot = arg;
	return 0;
}

static const struct argp sysroot_argp = { .options = sysroot_options, .parser = parse_sysroot };

static error_t parse_view(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	dh_options_groups(state, state->input, state->input);
	return 0;
}

const struct argp dh_view_argp = {
	.parser = parse_view,
	.children = (const struct argp_child[]){ { .argp = &dh_print_argp },
						 { .argp = &sysroot_argp },
						 { 0 } },
};

static const struct argp_option request_options[] = {
	{ NULL, 0, NULL, 0, "What to allocate:", 10 },
	{ "heap", DH_KEY_HEAP, "HEAP", 0,
	  "heap to allocate from: its name, or a class (system, cma, protected, carveout)", 0 },
	{ "size", DH_KEY_SIZE, "SIZE", 0, "bytes of a buffer: 4096, 0x1000, 4K, 1M, 2GiB, 10MB",
	  0 },
	{ "heap-flags", DH_KEY_HEAP_FLAGS, "NUMBER", 0, "heap flags, passed as given (0)", 0 },
	{ "force", DH_KEY_FORCE, NULL, 0, "ask the kernel for more than there seems to be", 0 },
	{ 0 },
};

static error_t parse_request(int key, char *arg, struct argp_state *state)
{
	struct dh_new_options *options = state->input;

	switch (key) {
	case DH_KEY_HEAP:
		if (!*arg)
			dh_options_reject(state, "--heap", arg, "the name of a heap or a class");
		options->heap = arg;
		return 0;
	case DH_KEY_SIZE:
		if (dh_parse_size(arg, &options->size))
			dh_options_reject(state, "--size", arg,
					  "bytes above zero, such as 4096, 64K or 2MiB");
		return 0;
	case DH_KEY_HEAP_FLAGS:
		if (dh_parse_count(arg, 0, UINT64_MAX, &options->heap_flags))
			dh_options_reject(state, "--heap-flags", arg, "a 64-bit number");
		return 0;
	case DH_KEY_FORCE:
		options->force = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp dh_request_argp = { .options = request_options, .parser = parse_request };

static const struct argp_option new_options[] = {
	{ "fd-flags", DH_KEY_FD_FLAGS, "FLAGS", 0,
	  "rdonly, wronly or rdwr, and cloexec, or a number (rdwr,cloexec)", 10 },
	{ "name", DH_KEY_NAME, "LABEL", 0, "name of the buffer, up to 31 bytes", 10 },
	{ 0 },
};

static error_t parse_new(int key, char *arg, struct argp_state *state)
{
	struct dh_new_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options->fd_flags = O_RDWR | O_CLOEXEC;
		dh_options_groups(state, options);
		return 0;
	case DH_KEY_FD_FLAGS:
		if (dh_parse_fd_flags(arg, &options->fd_flags))
			dh_options_reject(
				state, "--fd-flags", arg,
				"one of rdonly, wronly, rdwr, with or without cloexec, or a "
				"32-bit number");
		return 0;
	case DH_KEY_NAME:
		if (strlen(arg) >= DH_BUFFER_NAME_MAX)
			dh_options_reject(state, "--name", arg, "at most 31 bytes");
		options->label = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp dh_new_argp = {
	.options = new_options,
	.parser = parse_new,
	.children = (const struct argp_child[]){ { .argp = &dh_request_argp }, { 0 } },
};

static const struct argp_option fd_options[] = {
	{ NULL, 0, NULL, 0, "What to use instead of a new buffer:", 20 },
	{ "fd", DH_KEY_FD, "N", 0, "descriptor N, which was inherited", 0 },
	{ 0 },
};

static error_t parse_fd(int key, char *arg, struct argp_state *state)
{
	struct dh_fd_options *options = state->input;
	uint64_t fd;

	switch (key) {
	case ARGP_KEY_INIT:
		options->fd = -1;
		return 0;
	case DH_KEY_FD:
		if (dh_parse_count(arg, 0, INT_MAX, &fd))
			dh_options_reject(state, "--fd", arg, "the number of a descriptor");
		options->fd = (int)fd;
		options->open = fcntl(options->fd, F_GETFD) >= 0 &&
				options->fd != messages.memory && options->fd != messages.former;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp dh_fd_argp = { .options = fd_options, .parser = parse_fd };

static const struct argp_option hold_options[] = {
	{ NULL, 0, NULL, 0, "How long to keep it:", 30 },
	{ "hold", DH_KEY_HOLD, "DURATION", OPTION_ARG_OPTIONAL,
	  "keep it that long (10, 1.5s, 200ms, 5m); a signal, or the end of a standard input that "
	  "is a pipe or a socket, ends it sooner",
	  0 },
	{ 0 },
};

static error_t parse_hold(int key, char *arg, struct argp_state *state)
{
	struct dh_hold_options *options = state->input;

	if (key != DH_KEY_HOLD)
		return ARGP_ERR_UNKNOWN;
	options->hold = true;
	if (arg)
		dh_options_duration(state, "--hold", arg, &options->nanoseconds);
	return 0;
}

const struct argp dh_hold_argp = { .options = hold_options, .parser = parse_hold };

static const struct argp_option fill_options[] = {
	{ NULL, 0, NULL, 0, "What to write into it:", 40 },
	{ "fill", DH_KEY_FILL, "PATTERN", 0,
	  "write a pattern: zero, one, a byte 0xNN, counter, random:SEED", 0 },
	{ "verify", DH_KEY_VERIFY, "PATTERN", OPTION_ARG_OPTIONAL,
	  "read it back and compare it with PATTERN, or with that of --fill", 0 },
	{ "no-sync", DH_KEY_NO_SYNC, NULL, 0,
	  "leave out the cache maintenance (DMA_BUF_IOCTL_SYNC) around every access", 0 },
	{ 0 },
};

static void parse_pattern(struct argp_state *state, const char *option, const char *arg,
			  struct dh_pattern *pattern)
{
	if (dh_pattern_parse(arg, pattern))
		dh_options_reject(state, option, arg,
				  "zero, one, a byte 0xNN, counter or random:SEED");
}

static error_t parse_fill(int key, char *arg, struct argp_state *state)
{
	struct dh_fill_options *options = state->input;

	switch (key) {
	case DH_KEY_FILL:
		parse_pattern(state, "--fill", arg, &options->pattern);
		options->fill = true;
		return 0;
	case DH_KEY_VERIFY:
		options->verify = true;
		options->has_wanted = arg != NULL;
		if (arg)
			parse_pattern(state, "--verify", arg, &options->wanted);
		return 0;
	case ARGP_KEY_END:
		if (options->has_wanted)
			return 0;
		if (options->verify && !options->fill)
			argp_error(state,
				   "--verify needs --fill or a pattern of its own, which says "
				   "what to look for");
		options->wanted = options->pattern;
		return 0;
	case DH_KEY_NO_SYNC:
		options->no_sync = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp dh_fill_argp = { .options = fill_options, .parser = parse_fill };
