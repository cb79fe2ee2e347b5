// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/options.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/units.h"
#include "frame/message.h"

/* Keys of argp's: letters are their own, all other rows are numbered from here on. */
#define FIRST_KEY 0x100

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
	char *text = length > 0
			     ? mmap(NULL, (size_t)length, PROT_READ, MAP_SHARED, messages.memory, 0)
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

/* --- One option --------------------------------------------------------------------- */

static void *at(void *into, size_t place)
{
	return (char *)into + place - 1;
}

static int add_word(struct dh_words *words, const char *word)
{
	const char **each = dh_array_add(&words->each, &words->n);

	if (!each)
		return -ENOMEM;
	*each = word;
	return 0;
}

static int store_fd(const char *text, struct dh_inherited_fd *inherited)
{
	uint64_t number;

	if (dh_parse_count(text, 0, INT_MAX, &number))
		return -EINVAL;
	inherited->given = true;
	inherited->fd = (int)number;
	inherited->open = fcntl(inherited->fd, F_GETFD) >= 0 && inherited->fd != messages.memory &&
			  inherited->fd != messages.former;
	return 0;
}

/* What the arguments of this kind look like. */
static const char *usual(const struct dh_option *row, char out[DH_SENTENCE_MAX])
{
	switch (row->kind) {
	case DH_OPTION_COUNT:
		snprintf(out, DH_SENTENCE_MAX, "a number from %" PRIu64 " to %" PRIu64, row->least,
			 row->most);
		return out;
	case DH_OPTION_SIZE:
		return "bytes above zero, such as 4096, 64K or 2MiB";
	case DH_OPTION_DURATION:
		return row->least ? "a duration above zero, such as 10, 1.5s, 200ms or 5m"
				  : "a duration, such as 0, 200ms or 5";
	case DH_OPTION_FD_FLAGS:
		return "one of rdonly, wronly, rdwr, with or without cloexec, or a 32-bit number";
	case DH_OPTION_FD:
		return "the number of a descriptor";
	default:
		return "something else";
	}
}

/* 0; -ENOMEM; -EINVAL, and then `*wanted` says what would have been right. */
static int store(const struct dh_option *row, void *into, const char *text, const char **wanted,
		 char out[DH_SENTENCE_MAX])
{
	void *field = at(into, row->field);
	int ret = 0;

	switch (row->kind) {
	case DH_OPTION_TEXT:
		*(const char **)field = text;
		break;
	case DH_OPTION_LIST:
		return add_word(field, text);
	case DH_OPTION_COUNT:
		ret = dh_parse_count(text, row->least, row->most, field);
		break;
	case DH_OPTION_SIZE:
		ret = dh_parse_size(text, field);
		break;
	case DH_OPTION_DURATION:
		ret = dh_parse_duration(text, field);
		if (!ret && *(uint64_t *)field < row->least)
			ret = -ERANGE;
		break;
	case DH_OPTION_FD_FLAGS:
		ret = dh_parse_fd_flags(text, field);
		break;
	case DH_OPTION_FD:
		ret = store_fd(text, field);
		break;
	case DH_OPTION_PARSED:
		*wanted = row->parse(text, field);
		return *wanted ? -EINVAL : 0;
	default:
		return 0;
	}
	if (!ret)
		return 0;
	*wanted = row->wanted ? row->wanted : usual(row, out);
	return -EINVAL;
}

/* --- All of them -------------------------------------------------------------------- */

struct parsing {
	const struct dh_syntax *syntax;
	/* The rows of all tables, what they fill, and what argp is told of them. */
	const struct dh_option **rows;
	void **into;
	struct argp_option *options; /* ended by a zeroed one */
	size_t n;
};

static error_t take_option(struct argp_state *state, const struct dh_option *row, void *into,
			   const char *arg)
{
	char out[DH_SENTENCE_MAX], safe[256];
	const char *wanted = NULL;
	int ret;

	if (row->given)
		*(bool *)at(into, row->given) = true;
	if (!arg)
		return 0;
	ret = store(row, into, arg, &wanted, out);
	if (ret == -EINVAL)
		argp_error(state, "--%s '%s': wanted is %s", row->name,
			   dh_text_escape_into(arg, safe, sizeof(safe)), wanted);
	return ret == -ENOMEM ? ENOMEM : 0;
}

static error_t take_word(struct argp_state *state, const struct dh_syntax *syntax, const char *arg)
{
	char ***rest = syntax->rest ? syntax->rest : state->quoted ? syntax->command : NULL;

	if (rest) {
		/* Without the dashes, the command's own options would be taken for ours. */
		*rest = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	}
	if (!syntax->words)
		return ARGP_ERR_UNKNOWN;
	return add_word(syntax->words, arg) ? ENOMEM : 0;
}

static void check(struct argp_state *state, const struct dh_syntax *syntax)
{
	char out[DH_SENTENCE_MAX];
	const char *sentence = NULL;
	dh_auto(free) char *safe = NULL;

	if (syntax->command && state->quoted && !*syntax->command)
		sentence = "there is no command behind '--'";
	else if (syntax->check)
		sentence = syntax->check(syntax->data, out);
	if (!sentence)
		return;
	safe = dh_text_escape(sentence);
	argp_error(state, "%s", safe ? safe : strerror(ENOMEM));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct parsing *parsing = state->input;

	if (key == ARGP_KEY_ARG)
		return take_word(state, parsing->syntax, arg);
	if (key == ARGP_KEY_END)
		check(state, parsing->syntax);
	for (size_t i = 0; i < parsing->n; i++)
		if (parsing->options[i].key && parsing->options[i].key == key)
			return take_option(state, parsing->rows[i], parsing->into[i], arg);
	return key == ARGP_KEY_END ? 0 : ARGP_ERR_UNKNOWN;
}

/* Adds a row, which is in that group of --help. */
static void add_row(struct parsing *parsing, const struct dh_option *row, void *into, int group)
{
	int key = row->letter ? row->letter : FIRST_KEY + (int)parsing->n;

	parsing->rows[parsing->n] = row;
	parsing->into[parsing->n] = into;
	parsing->options[parsing->n++] = (struct argp_option){
		.name = row->name,
		.key = row->kind == DH_OPTION_HEADING ? 0 : key,
		.arg = row->argument,
		.flags = row->optional ? OPTION_ARG_OPTIONAL : 0,
		.doc = row->help,
		.group = group,
	};
}

/* The rows of all tables, and what an option is that is not given. 0 or -ENOMEM. */
static int prepare(const struct dh_syntax *syntax, struct parsing *parsing)
{
	char out[DH_SENTENCE_MAX];
	const char *wanted;
	size_t n = 0;
	int ret = 0;

	for (size_t i = 0; i < syntax->n; i++)
		for (const struct dh_option *row = syntax->tables[i].rows; row->kind; row++)
			n++;
	parsing->rows = calloc(n + 1, sizeof(*parsing->rows));
	parsing->into = calloc(n + 1, sizeof(*parsing->into));
	parsing->options = calloc(n + 1, sizeof(*parsing->options));
	if (!parsing->rows || !parsing->into || !parsing->options)
		return -ENOMEM;
	for (size_t i = 0; i < syntax->n; i++) {
		const struct dh_option_table *table = &syntax->tables[i];
		int group = 0;

		for (const struct dh_option *row = table->rows; row->kind && !ret; row++) {
			group = row->group ? row->group : group;
			add_row(parsing, row, table->into, group);
			if (row->initial)
				ret = store(row, table->into, row->initial, &wanted, out);
		}
	}
	return ret;
}

static char *filter_help(int key, const char *text, void *input)
{
	const struct parsing *parsing = input;

	return key == ARGP_KEY_HELP_POST_DOC && parsing->syntax->below ? parsing->syntax->below()
								       : (char *)text;
}

void dh_options_parse(const struct dh_syntax *syntax, int argc, char **argv)
{
	static bool registered;
	struct parsing parsing = { .syntax = syntax };
	int ret = prepare(syntax, &parsing);
	const struct argp argp = {
		.options = parsing.options,
		.parser = parse,
		.args_doc = syntax->arguments,
		.doc = syntax->doc,
		.help_filter = filter_help,
	};

	argp_err_exit_status = DH_EXIT_USAGE;
	if (ret || (!registered && atexit(check_answer)))
		exit(dh_fail(DH_EXIT_REFUSED, "reading the arguments: %s", strerror(ENOMEM)));
	registered = true;
	hold_messages();
	ret = argp_parse(&argp, argc, argv, syntax->command || syntax->rest ? ARGP_IN_ORDER : 0,
			 NULL, &parsing);
	release_messages();
	free(parsing.rows);
	free(parsing.into);
	free(parsing.options);
	if (ret == ENOMEM)
		exit(dh_fail(DH_EXIT_REFUSED, "reading the arguments: %s", strerror(ret)));
	if (ret)
		exit(DH_EXIT_USAGE);
}

void dh_options_release(const struct dh_option_table *table)
{
	for (const struct dh_option *row = table->rows; row->kind; row++)
		if (row->kind == DH_OPTION_LIST)
			free(((struct dh_words *)at(table->into, row->field))->each);
}
