// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/introspect.h"

#include <stdio.h>

void dh_print_commands(const struct dh_command *const *commands)
{
	for (; *commands; commands++)
		printf("%s\t%s\n", (*commands)->name, (*commands)->help);
}

static void print_table(const struct dh_option *rows)
{
	for (const struct dh_option *row = rows; row->kind; row++) {
		if (row->kind == DH_OPTION_HEADING)
			continue;
		printf("--%s\t", row->name);
		if (row->letter)
			printf("-%c", row->letter);
		putchar('\t');
		if (row->argument)
			printf(row->optional ? "[%s]" : "%s", row->argument);
		printf("\t%s\n", row->help);
	}
}

void dh_print_options(const struct dh_option_table *tables, size_t n)
{
	/* argp adds these to every command by itself. */
	static const struct dh_option everywhere[] = {
		{ DH_OPTION_FLAG, .name = "help", .letter = '?', .help = "give this help list" },
		{ DH_OPTION_FLAG, .name = "usage", .help = "give a short usage message" },
		{ DH_OPTION_FLAG, .name = "version", .letter = 'V',
		  .help = "print program version" },
		{ 0 },
	};

	for (size_t i = 0; i < n; i++)
		print_table(tables[i].rows);
	print_table(everywhere);
}

void dh_print_columns(const struct dh_command *command)
{
	for (size_t i = 0; i < command->schema->n; i++)
		printf("%s\t%s\n", command->schema->columns[i].name,
		       command->schema->columns[i].help);
}
