// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/options.h"

#include <argp.h>
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
#include "base/units.h"
#include "frame/output.h"

/* Lowest argp key of an option without a letter. Other options use their letter as the key. */
#define FIRST_KEY 0x100

/*
 * argp and getopt print arguments unescaped. Parsing therefore redirects stderr to a memfd, and
 * restore_messages() escapes its contents and writes them to the original stderr.
 */
static struct {
	bool parsing;
	bool json;	     /* the arguments include --json or -J */
	const char *command; /* argv[0]: "dmaheapctl" or "dmaheapctl COMMAND" */
	int memory;	     /* the memfd; -1: none */
	int original;	     /* duplicate of the original stderr; -1: none */
} messages = { .memory = -1, .original = -1 };

/* Parsing can fail before it reaches --json, so search for the option in advance. */
static bool requests_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "-J"))
			return true;
	return false;
}

static void redirect_messages(int argc, char **argv)
{
	messages.parsing = true;
	messages.json = requests_json(argc, argv);
	messages.command = argv[0];
	messages.memory = memfd_create("messages", MFD_CLOEXEC);
	messages.original = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (messages.memory >= 0 && messages.original >= 0)
		dup2(messages.memory, STDERR_FILENO);
}

/*
 * Prints the usage error in `text`: "NAME: MESSAGE", where NAME is messages.command, and argp's
 * advice in the lines below. With --json, also writes both as a JSON document. Modifies `text`.
 */
static void report(char *text)
{
	const size_t name = strlen(messages.command);
	const char *space = strchr(messages.command, ' ');
	bool named = !strncmp(text, messages.command, name) && !strncmp(text + name, ": ", 2);
	char *message = named ? text + name + 2 : text;
	char *end = text + strlen(text) - 1;

	/* An argument in the message can contain the first words of the advice. */
	for (char *next = text; (next = strstr(next, "\nTry `")); next++)
		end = next;
	*end++ = '\0';
	dh_message_note(message);
	fputs(end, stderr);
	if (!messages.json)
		return;
	for (char *c = end; (c = strchr(c, '\n'));)
		*c = c[1] ? ' ' : '\0';
	dh_output_usage_error(space ? space + 1 : NULL, message, end);
}

static void restore_messages(void)
{
	off_t length = lseek(messages.memory, 0, SEEK_END);
	dh_auto(free) char *text = length > 0 ? calloc(1, (size_t)length + 1) : NULL;

	messages.parsing = false;
	if (messages.original >= 0) {
		dup2(messages.original, STDERR_FILENO);
		close(messages.original);
	}
	if (text && pread(messages.memory, text, (size_t)length, 0) > 0)
		report(text);
	else if (length > 0)
		dh_message_note(strerror(ENOMEM));
	if (messages.memory >= 0)
		close(messages.memory);
	messages.memory = messages.original = -1;
}

/* Exit handler: argp exits after --help, --usage and --version without checking stdout. */
static void check_help_output(void)
{
	enum dh_status status;

	if (!messages.parsing)
		return;
	restore_messages();
	status = dh_output_flush();
	if (status)
		_exit(status);
}

void (*dh_options_print_features)(FILE *out);

/*
 * argp calls this function before it parses the arguments after --version, so this function must
 * search argv for -v.
 */
static void print_version(FILE *out, struct argp_state *state)
{
	static const char *const verbose[] = { "-v", "--verbose", "-vV", "-Vv" };

	fputs(PACKAGE_STRING "\n", out);
	for (int i = 1; i < state->argc && strcmp(state->argv[i], "--"); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(verbose); j++) {
			if (strcmp(state->argv[i], verbose[j]))
				continue;
			dh_options_print_features(out);
			return;
		}
	}
}

void (*argp_program_version_hook)(FILE *out, struct argp_state *state) = print_version;

/* --- Values of options --------------------------------------------------------------- */

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
			  inherited->fd != messages.original;
	return 0;
}

/*
 * Parses `text` and stores the value in the field of `row`. Returns NULL, or the text after
 * "expected" in the usage error; the text may be stored in `out`.
 */
static const char *store(const struct dh_option *row, void *into, const char *text,
			 char out[DH_MESSAGE_MAX])
{
	void *field = at(into, row->field);

	switch (row->kind) {
	case DH_OPTION_TEXT:
		*(const char **)field = text;
		return NULL;
	case DH_OPTION_COUNT:
		if (!dh_parse_count(text, row->min, row->max, field))
			return NULL;
		snprintf(out, DH_MESSAGE_MAX, "a number from %" PRIu64 " to %" PRIu64, row->min,
			 row->max);
		return row->expected ? row->expected : out;
	case DH_OPTION_DURATION:
		if (!dh_parse_duration(text, field) && *(uint64_t *)field >= row->min)
			return NULL;
		return row->min ? "a duration above zero, such as 10, 1.5s, 200ms or 5m"
				: "a duration such as 0, 200ms or 5s";
	case DH_OPTION_FD:
		return store_fd(text, field) ? "a descriptor number" : NULL;
	case DH_OPTION_PARSED:
		return row->parse(text, field);
	default:
		return NULL;
	}
}

/* --- Parsing ------------------------------------------------------------------------ */

/* A row, and the struct that its table fills. */
struct bound_row {
	const struct dh_option *row;
	void *into;
};

struct parsing {
	const struct dh_syntax *syntax;
	/* Two parallel arrays of the rows in all tables, except omitted hidden options. */
	struct bound_row *rows;
	struct argp_option *options; /* terminated by a zeroed element */
	size_t n;
	const char *after_bare;	      /* word after the last option without its optional argument */
	const struct bound_row *bare; /* that option; NULL: none */
};

static error_t parse_option(struct argp_state *state, struct parsing *parsing,
			    const struct bound_row *bound, const char *arg)
{
	const struct dh_option *row = bound->row;
	char out[DH_MESSAGE_MAX];
	const char *expected;

	if (row->given)
		*(bool *)at(bound->into, row->given) = true;
	if (!arg && row->optional && state->next < state->argc &&
	    *state->argv[state->next] != '-') {
		parsing->bare = bound;
		parsing->after_bare = state->argv[state->next];
	}
	if (!arg)
		return 0;
	if (row->kind == DH_OPTION_LIST)
		return add_word(at(bound->into, row->field), arg) ? ENOMEM : 0;
	expected = store(row, bound->into, arg, out);
	if (expected)
		argp_error(state, "invalid argument '%.255s' for '--%s': expected %s", arg,
			   row->name, expected);
	return 0;
}

static error_t parse_operand(struct argp_state *state, const struct dh_syntax *syntax,
			     const char *arg)
{
	char ***rest = syntax->rest ? syntax->rest : state->quoted ? syntax->command : NULL;

	if (rest) {
		/* Stop here: otherwise, argp would also parse the options of the command. */
		*rest = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	}
	if (!syntax->operands)
		return ARGP_ERR_UNKNOWN;
	return add_word(syntax->operands, arg) ? ENOMEM : 0;
}

/*
 * Returns true if the user probably gave an optional argument as a separate word: the message
 * rejects this word, or the word is a valid argument of the option.
 */
static bool is_bare(const struct parsing *parsing, const char *message)
{
	const struct bound_row *bare = parsing->bare;
	char quoted[DH_MESSAGE_MAX], out[DH_MESSAGE_MAX];

	if (!bare)
		return false;
	snprintf(quoted, sizeof(quoted), "argument '%s'", parsing->after_bare);
	return strstr(message, quoted) || (bare->row->kind != DH_OPTION_TEXT &&
					   !store(bare->row, bare->into, parsing->after_bare, out));
}

static void check(struct argp_state *state, const struct parsing *parsing)
{
	const struct dh_syntax *syntax = parsing->syntax;
	char out[DH_MESSAGE_MAX];
	const char *message = NULL, *name;

	if (syntax->command && state->quoted && !*syntax->command)
		message = "missing command after '--'";
	else if (syntax->check)
		message = syntax->check(syntax->data, out);
	if (!message)
		return;
	if (is_bare(parsing, message)) {
		name = parsing->bare->row->name;
		snprintf(out, sizeof(out), "--%s takes its value as --%s=%s", name, name,
			 parsing->after_bare);
		message = out;
	}
	argp_error(state, "%s", message);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct parsing *parsing = state->input;

	if (key == ARGP_KEY_ARG)
		return parse_operand(state, parsing->syntax, arg);
	if (key == 'h')
		argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
	if (key == ARGP_KEY_END)
		check(state, parsing);
	for (size_t i = 0; i < parsing->n; i++)
		if (parsing->options[i].key && parsing->options[i].key == key)
			return parse_option(state, parsing, &parsing->rows[i], arg);
	return key == ARGP_KEY_END ? 0 : ARGP_ERR_UNKNOWN;
}

static void add_row(struct parsing *parsing, const struct dh_option *row, void *into, int group)
{
	int key = row->letter ? row->letter : FIRST_KEY + (int)parsing->n;

	parsing->rows[parsing->n] = (struct bound_row){ row, into };
	parsing->options[parsing->n++] = (struct argp_option){
		.name = row->name,
		.key = row->kind == DH_OPTION_HEADING ? 0 : key,
		.arg = row->argument,
		.flags =
			(row->optional ? OPTION_ARG_OPTIONAL : 0) | (row->help ? 0 : OPTION_HIDDEN),
		.doc = row->help,
		.group = group,
	};
}

/* Returns true if an argument is the unabbreviated option `name`. */
static bool is_spelled_out(const char *name, char **argv)
{
	const size_t length = strlen(name);

	for (; *argv; argv++)
		if (!strncmp(*argv, "--", 2) && !strncmp(*argv + 2, name, length) &&
		    strchr("=", (*argv)[2 + length]))
			return true;
	return false;
}

/*
 * Fills `parsing` with the rows of all tables, and stores the initial values of the options. Omits
 * a hidden option that is not spelled out: otherwise, the hidden option could make the abbreviation
 * of another option ambiguous. Returns 0 or -ENOMEM.
 */
static int prepare(const struct dh_syntax *syntax, char **argv, struct parsing *parsing)
{
	char out[DH_MESSAGE_MAX];
	size_t n = 0;

	for (size_t i = 0; i < syntax->n; i++)
		for (const struct dh_option *row = syntax->tables[i].rows; row->kind; row++)
			n++;
	parsing->rows = calloc(n + 1, sizeof(*parsing->rows));
	parsing->options = calloc(n + 2, sizeof(*parsing->options));
	if (!parsing->rows || !parsing->options)
		return -ENOMEM;
	for (size_t i = 0; i < syntax->n; i++) {
		const struct dh_option_table *table = &syntax->tables[i];
		int group = 0;

		for (const struct dh_option *row = table->rows; row->kind; row++) {
			group = row->group ? row->group : group;
			if (!row->help && !is_spelled_out(row->name, argv))
				continue;
			add_row(parsing, row, table->into, group);
			if (row->initial)
				store(row, table->into, row->initial, out);
		}
	}
	/* argp defines --help and -?, but not -h. */
	parsing->options[parsing->n] =
		(struct argp_option){ .key = 'h', .flags = OPTION_HIDDEN, .doc = "" };
	return 0;
}

static char *filter_help(int key, const char *text, void *input)
{
	const struct parsing *parsing = input;

	if (key == ARGP_KEY_HELP_POST_DOC && parsing->syntax->help_below)
		return parsing->syntax->help_below(parsing->syntax->data, text);
	return (char *)text;
}

void dh_options_parse(const struct dh_syntax *syntax, int argc, char **argv)
{
	static bool registered;
	struct parsing parsing = { .syntax = syntax };
	int ret = prepare(syntax, argv, &parsing);
	const struct argp argp = {
		.options = parsing.options,
		.parser = parse,
		.args_doc = syntax->arguments,
		.doc = syntax->doc,
		.help_filter = filter_help,
	};

	argp_err_exit_status = DH_EXIT_USAGE;
	if (ret || (!registered && atexit(check_help_output)))
		exit(dh_fail(DH_EXIT_ERROR, ENOMEM, "parsing arguments: %m"));
	registered = true;
	redirect_messages(argc, argv);
	ret = argp_parse(&argp, argc, argv, syntax->command || syntax->rest ? ARGP_IN_ORDER : 0,
			 NULL, &parsing);
	restore_messages();
	free(parsing.rows);
	free(parsing.options);
	if (ret)
		exit(dh_fail(DH_EXIT_ERROR, ret, "parsing arguments: %m"));
}

void dh_options_release(const struct dh_option_table *table)
{
	for (const struct dh_option *row = table->rows; row->kind; row++)
		if (row->kind == DH_OPTION_LIST)
			free(((struct dh_words *)at(table->into, row->field))->each);
}
