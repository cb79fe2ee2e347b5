// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the corpus as unit tests: the test of a target runs the target on each file of its directory
 * in tests/fuzz/corpus.
 */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "fuzz.h"

#define TARGETS_MAX 16

static void replay_file(const char *path, void (*fuzz)(const char *data, size_t size))
{
	dh_auto(file) FILE *file = fopen(path, "r");
	dh_auto(free) char *exact = NULL;
	char text[65536];
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, sizeof(text), file);
	/* The block has the size of the input, so the sanitizers detect reads beyond the input. */
	exact = malloc(size ? size : 1);
	assert_non_null(exact);
	memcpy(exact, text, size);
	fuzz(exact, size);
}

static void replay(void **state)
{
	const struct fuzz_target *target = *state;
	const char *top = getenv("top_srcdir");
	dh_auto(dir) DIR *folder = NULL;
	char path[4096], name[256];
	struct dirent *entry;
	size_t n = 0;

	snprintf(name, sizeof(name), "tests/fuzz/corpus/%s", target->name);
	snprintf(path, sizeof(path), "%s/%s", top ? top : ".", name);
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", top ? top : ".", name, entry->d_name);
		replay_file(path, target->fuzz);
		n++;
	}
	assert_true(n >= 5);
}

int main(void)
{
	struct CMUnitTest tests[TARGETS_MAX] = { 0 };
	size_t n = 0;

	for (; fuzz_targets[n].name; n++) {
		assert_true(n < TARGETS_MAX);
		tests[n].name = fuzz_targets[n].name;
		tests[n].test_func = replay;
		tests[n].initial_state = (void *)&fuzz_targets[n];
	}
	/* cmocka_run_group_tests() would run all TARGETS_MAX elements of the array. */
	return _cmocka_run_group_tests("corpus", tests, n, NULL, NULL);
}
