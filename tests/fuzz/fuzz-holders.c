// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `holders` reads: fdinfo, maps, bufinfo. Built for libFuzzer by tests/fuzz/run, once
 * for each with DH_FUZZ naming it; with DH_FUZZ_REPLAY a test that replays the corpus.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "discover/bufinfo.h"
#include "discover/lines.h"
#include "model/fdinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int truth)
{
	if (!truth)
		abort();
}

__attribute__((unused)) static void fuzz_fdinfo(const char *text, size_t size)
{
	struct dh_fdinfo info;

	if (dh_fdinfo_parse(text, size, &info))
		return;
	need(info.size.known && *info.exporter);
	need(strnlen(info.exporter, sizeof(info.exporter)) < sizeof(info.exporter));
	need(strnlen(info.name, sizeof(info.name)) < sizeof(info.name));
	need(!strchr(info.exporter, '\n'));
}

static int visit_maps(void *data, const char *line, size_t length)
{
	struct dh_maps_line mapping;

	(void)data;
	if (!dh_maps_parse(line, length, &mapping))
		return 0;
	need(mapping.start <= mapping.end);
	need(strnlen(mapping.name, sizeof(mapping.name)) < sizeof(mapping.name));
	return 0;
}

/* In pieces of every length that there is, as read() may give them. */
static int feed(struct dh_lines *lines, const char *text, size_t size)
{
	size_t piece = 1;
	int ret = 0;

	while (size && !ret) {
		if (piece > size)
			piece = size;
		ret = dh_lines_feed(lines, text, piece);
		text += piece;
		size -= piece;
		piece = piece % 97 + 1;
	}
	return ret ? ret : dh_lines_end(lines);
}

__attribute__((unused)) static void fuzz_maps(const char *text, size_t size)
{
	static struct dh_lines lines;

	lines = (struct dh_lines){ .visit = visit_maps };
	need(!feed(&lines, text, size));
}

static int visit_entry(void *data, const struct dh_bufinfo_entry *entry)
{
	uint64_t *n = data;

	++*n;
	need(*entry->exporter);
	need(strnlen(entry->exporter, sizeof(entry->exporter)) < sizeof(entry->exporter));
	need(strnlen(entry->name, sizeof(entry->name)) < sizeof(entry->name));
	need(strnlen(entry->devices, sizeof(entry->devices)) < sizeof(entry->devices));
	need(entry->attachments.known || !*entry->devices);
	return 0;
}

static int visit_bufinfo(void *data, const char *line, size_t length)
{
	return dh_bufinfo_line(data, line, length);
}

__attribute__((unused)) static void fuzz_bufinfo(const char *text, size_t size)
{
	static struct dh_lines lines;
	uint64_t n = 0;
	struct dh_bufinfo bufinfo = { .visit = visit_entry, .data = &n };

	lines = (struct dh_lines){ .visit = visit_bufinfo, .data = &bufinfo };
	if (!feed(&lines, text, size) && !dh_bufinfo_end(&bufinfo))
		need(n == bufinfo.total.value);
}

#ifndef DH_FUZZ_REPLAY

#define PASTE(a, b) a##b
#define FUZZ(what)  PASTE(fuzz_, what)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FUZZ(DH_FUZZ)((const char *)data, size);
	return 0;
}

#else

#include <dirent.h>
#include <stdio.h>

#include "base/auto.h"
#include "unit.h"

static void replay_file(const char *path, void (*fuzz)(const char *text, size_t size))
{
	dh_auto(file) FILE *file = fopen(path, "r");
	dh_auto(free) char *exact = NULL;
	char text[65536];
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, sizeof(text), file);
	/* In a block of its very size, so that a step beyond it is seen. */
	exact = malloc(size ? size : 1);
	assert_non_null(exact);
	memcpy(exact, text, size);
	fuzz(exact, size);
}

static void replay(const char *name, void (*fuzz)(const char *text, size_t size))
{
	const char *top = getenv("top_srcdir");
	dh_auto(dir) DIR *folder = NULL;
	struct dirent *entry;
	char path[4096];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top ? top : ".", name);
	folder = opendir(path);
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s/%s", top ? top : ".", name,
			 entry->d_name);
		replay_file(path, fuzz);
		n++;
	}
	assert_true(n >= 5);
}

static void test_fdinfo(void **state)
{
	(void)state;
	replay("fdinfo", fuzz_fdinfo);
}

static void test_maps(void **state)
{
	(void)state;
	replay("maps", fuzz_maps);
}

static void test_bufinfo(void **state)
{
	(void)state;
	replay("bufinfo", fuzz_bufinfo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fdinfo),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_bufinfo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
