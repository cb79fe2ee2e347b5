// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "cmd/commands.h"

/* Returns the number of pairs of options that share a letter or a name. */
static size_t duplicates(const struct dh_option_table *tables, size_t n)
{
	const struct dh_option *seen[128];
	size_t n_seen = 0, found = 0;

	for (size_t i = 0; i < n; i++) {
		for (const struct dh_option *row = tables[i].rows; row->kind; row++) {
			if (row->kind == DH_OPTION_HEADING)
				continue;
			for (size_t j = 0; j < n_seen; j++) {
				if ((!row->letter || seen[j]->letter != row->letter) &&
				    strcmp(seen[j]->name, row->name))
					continue;
				print_error("--%s and --%s share a letter or a name\n",
					    seen[j]->name, row->name);
				found++;
			}
			assert_true(n_seen < ARRAY_SIZE(seen));
			seen[n_seen++] = row;
		}
	}
	assert_true(n_seen > 0);
	return found;
}

/* If two options have the same letter or name, argp silently uses the first. */
TEST(options_have_unique_names_and_letters)
{
	struct dh_option_table tables[DH_TABLES_MAX];

	for (size_t i = 0; dh_commands[i]; i++)
		assert_int_equal(duplicates(tables, dh_command_tables(dh_commands[i], tables)), 0);
}

/* Checks that duplicates() detects a shared letter and a shared name. */
TEST(duplicate_names_and_letters_are_found)
{
	static const struct dh_option again[] = {
		{ DH_OPTION_FLAG, .name = "again", .letter = 'o' }, { 0 }
	};
	static const struct dh_option once[] = {
		{ DH_OPTION_FLAG, .name = "output", .letter = 'o' }, { 0 }
	};
	static const struct dh_option name[] = { { DH_OPTION_FLAG, .name = "output" }, { 0 } };
	const struct dh_option_table letters[] = { { once, NULL }, { again, NULL } };
	const struct dh_option_table names[] = { { once, NULL }, { name, NULL } };

	assert_int_equal(duplicates(letters, 2), 1);
	assert_int_equal(duplicates(names, 2), 1);
}

/*
 * Asserts that a row has a help text. If the row is an option, also asserts that the text does not
 * end with a full stop, and that the row has the members that its kind needs.
 */
static void check_row(const struct dh_option *row)
{
	assert_non_null(row->help);
	assert_true(strlen(row->help) > 3);
	if (row->kind == DH_OPTION_HEADING)
		return;
	assert_true(row->help[strlen(row->help) - 1] != '.');
	assert_int_equal(row->kind == DH_OPTION_FLAG, row->argument == NULL);
	assert_true(row->kind == DH_OPTION_FLAG ? row->given : row->field);
	assert_int_equal(row->kind == DH_OPTION_PARSED, row->parse != NULL);
	if (row->kind == DH_OPTION_COUNT)
		assert_true(row->min < row->max);
	if (row->optional)
		assert_true(row->given);
}

TEST(options_and_columns_have_help)
{
	struct dh_option_table tables[DH_TABLES_MAX];

	for (size_t i = 0; dh_commands[i]; i++) {
		const struct dh_schema *schema = dh_commands[i]->schema;

		assert_non_null(dh_commands[i]->help);
		for (size_t j = 0, n = dh_command_tables(dh_commands[i], tables); j < n; j++)
			for (const struct dh_option *row = tables[j].rows; row->kind; row++)
				check_row(row);
		for (size_t j = 0; j < schema->n; j++) {
			assert_true(strlen(schema->columns[j].help) > 3);
			for (size_t k = 0; k < j; k++) {
				assert_string_not_equal(schema->columns[j].name,
							schema->columns[k].name);
				assert_string_not_equal(schema->columns[j].key,
							schema->columns[k].key);
			}
		}
	}
}

TEST(commands_are_found_by_their_full_name)
{
	assert_ptr_equal(dh_command_find(dh_commands, "list"), &dh_command_list);
	assert_null(dh_command_find(dh_commands, "lis"));
	assert_null(dh_command_find(dh_commands, ""));
}

TEST(messages_escape_control_characters)
{
	dh_auto(free) char *text = NULL;
	size_t size;
	FILE *former = stderr;

	stderr = open_memstream(&text, &size);
	assert_non_null(stderr);
	assert_int_equal(
		dh_fail(DH_EXIT_NOT_FOUND, 0, "/dev/dri/%s: 50%% %d", "a\033[31m\n\xff\x7f", 7),
		DH_EXIT_NOT_FOUND);
	dh_remark(&(struct dh_env){ 0 }, "driver '%s'", "\r\\x1b");
	fclose(stderr);
	stderr = former;
	assert_string_equal(text, "dmaheapctl: /dev/dri/a\\x1b[31m\\x0a\\xff\\x7f: 50% 7\n"
				  "dmaheapctl: driver '\\x0d\\x5cx1b'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_have_unique_names_and_letters),
		cmocka_unit_test(duplicate_names_and_letters_are_found),
		cmocka_unit_test(options_and_columns_have_help),
		cmocka_unit_test(commands_are_found_by_their_full_name),
		cmocka_unit_test(messages_escape_control_characters),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
