// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "cli/command.h"
#include "cli/introspect.h"
#include "cli/status.h"

struct seen {
	const char *command;
	int keys[128];
	const char *names[128];
	size_t n;
	size_t duplicates;
};

static int note_option(void *data, const struct argp_option *option)
{
	struct seen *seen = data;

	for (size_t i = 0; i < seen->n; i++) {
		if (seen->keys[i] != option->key && strcmp(seen->names[i], option->name))
			continue;
		print_error("%s: --%s and --%s share a key or a name\n", seen->command,
			    seen->names[i], option->name);
		seen->duplicates++;
	}
	assert_true(seen->n < ARRAY_SIZE(seen->keys));
	seen->keys[seen->n] = option->key;
	seen->names[seen->n++] = option->name;
	return 0;
}

/* argp takes the first of two options with one key or name and says nothing. */
static void test_no_option_twice(void **state)
{
	(void)state;
	for (size_t i = 0; dh_commands[i]; i++) {
		struct seen seen = { .command = dh_commands[i]->name };

		dh_options_each(dh_commands[i]->argp, note_option, &seen);
		assert_true(seen.n > 5);
		assert_int_equal(seen.duplicates, 0);
	}
}

/* The test above can fail. */
static void test_a_duplicate_is_found(void **state)
{
	static const struct argp_option twice[] = { { "again", 'o', NULL, 0, "", 0 }, { 0 } };
	static const struct argp_option once[] = { { "output", 'o', NULL, 0, "", 0 }, { 0 } };
	static const struct argp inner = { .options = twice };
	static const struct argp_child children[] = { { &inner, 0, NULL, 0 }, { 0 } };
	static const struct argp outer = { .options = once, .children = children };
	struct seen seen = { .command = "sample" };

	(void)state;
	dh_options_each(&outer, note_option, &seen);
	assert_int_equal(seen.duplicates, 1);
}

static int has_help(void *data, const struct argp_option *option)
{
	(void)data;
	assert_non_null(option->doc);
	assert_true(strlen(option->doc) > 3);
	assert_true(option->doc[strlen(option->doc) - 1] != '.');
	return 0;
}

static void test_everything_has_help(void **state)
{
	(void)state;
	for (size_t i = 0; dh_commands[i]; i++) {
		const struct dh_schema *schema = dh_commands[i]->schema;

		assert_non_null(dh_commands[i]->help);
		dh_options_each(dh_commands[i]->argp, has_help, NULL);
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

static void test_find(void **state)
{
	(void)state;
	assert_ptr_equal(dh_command_find("list"), &dh_command_list);
	assert_null(dh_command_find("lis"));
	assert_null(dh_command_find(""));
}

static void test_messages_have_no_control_characters(void **state)
{
	dh_auto(free) char *text = NULL;
	size_t size;
	FILE *former = stderr;

	(void)state;
	stderr = open_memstream(&text, &size);
	assert_non_null(stderr);
	assert_int_equal(
		dh_fail(DH_EXIT_NOT_FOUND, "/dev/dri/%s: 50%% %d", "a\033[31m\n\xff\x7f", 7),
		DH_EXIT_NOT_FOUND);
	dh_remark(&(struct dh_context){ 0 }, "driver '%s'", "\r\\x1b");
	fclose(stderr);
	stderr = former;
	assert_string_equal(text, "dmaheapctl: /dev/dri/a\\x1b[31m\\x0a\\xff\\x7f: 50% 7\n"
				  "dmaheapctl: driver '\\x0d\\x1b'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_option_twice),
		cmocka_unit_test(test_a_duplicate_is_found),
		cmocka_unit_test(test_everything_has_help),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_messages_have_no_control_characters),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
