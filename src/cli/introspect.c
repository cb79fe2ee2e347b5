// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/introspect.h"

#include <ctype.h>
#include <stdio.h>

static bool is_end(const struct argp_option *option)
{
	return !option->key && !option->name && !option->doc && !option->group;
}

int dh_options_each(const struct argp *argp,
		    int (*visit)(void *data, const struct argp_option *option), void *data)
{
	int ret = 0;

	for (const struct argp_option *option = argp->options; option && !is_end(option);
	     option++) {
		if (!option->name || option->flags & (OPTION_HIDDEN | OPTION_DOC))
			continue;
		ret = visit(data, option);
		if (ret)
			return ret;
	}
	for (const struct argp_child *child = argp->children; child && child->argp; child++) {
		ret = dh_options_each(child->argp, visit, data);
		if (ret)
			return ret;
	}
	return ret;
}

void dh_print_commands(void)
{
	for (size_t i = 0; dh_commands[i]; i++)
		printf("%s\t%s\n", dh_commands[i]->name, dh_commands[i]->help);
}

static int print_option(void *data, const struct argp_option *option)
{
	bool optional = option->flags & OPTION_ARG_OPTIONAL;
	bool has_letter = option->key > 0 && option->key < 128 && isgraph(option->key);

	(void)data;
	printf("--%s\t", option->name);
	if (has_letter)
		printf("-%c", option->key);
	putchar('\t');
	if (option->arg)
		printf(optional ? "[%s]" : "%s", option->arg);
	printf("\t%s\n", option->doc);
	return 0;
}

void dh_print_options(const struct argp *argp)
{
	/* argp adds these to every level by itself. */
	static const struct argp_option everywhere[] = {
		{ "help", '?', NULL, 0, "give this help list", 0 },
		{ "usage", 0, NULL, 0, "give a short usage message", 0 },
		{ "version", 'V', NULL, 0, "print program version", 0 },
	};

	dh_options_each(argp, print_option, NULL);
	for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++)
		print_option(NULL, &everywhere[i]);
}

void dh_print_columns(const struct dh_command *command)
{
	for (size_t i = 0; i < command->schema->n; i++)
		printf("%s\t%s\n", command->schema->columns[i].name,
		       command->schema->columns[i].help);
}
