// SPDX-License-Identifier: GPL-2.0-or-later
#include "document-text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "model/buffer.h"
#include "model/import.h"
#include "model/inventory.h"
#include "model/probe.h"
#include "model/tally.h"
#include "present/schemas.h"

static void expect(const struct dh_style *style, const struct dh_section *section,
		   const char *expected)
{
	char *text = document_text(style, section, 1);

	assert_string_equal(text, expected);
	free(text);
}

TEST(columns_have_unique_names_and_help)
{
	const struct dh_schema *const schemas[] = {
		&dh_schema_heaps,    &dh_schema_buffers,    &dh_schema_summary,
		&dh_schema_imports,  &dh_schema_modules,    &dh_schema_kernel,
		&dh_schema_mappings, &dh_schema_holders,    &dh_schema_holders_summary,
		&dh_schema_accounts, &dh_schema_callsites,  &dh_schema_misses,
		&dh_schema_audit,    &dh_schema_inspection, &dh_schema_steps,
		&dh_schema_callers,  &dh_schema_probe,
	};
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	for (size_t s = 0; s < ARRAY_SIZE(schemas); s++) {
		bool shown = false;

		for (size_t i = 0; i < schemas[s]->n; i++) {
			const struct dh_column *column = &schemas[s]->columns[i];

			assert_true(column->get || column->kind != DH_CELL_ABSENT);
			assert_int_equal(column->name[strspn(column->name, upper)], 0);
			assert_int_equal(column->key[strspn(column->key, lower)], 0);
			assert_true(*column->help && !strchr(column->help, '\n'));
			assert_int_not_equal(column->help[strlen(column->help) - 1], '.');
			shown = shown || (column->flags & DH_SHOWN);
			for (size_t j = 0; j < i; j++) {
				assert_string_not_equal(column->name, schemas[s]->columns[j].name);
				assert_string_not_equal(column->key, schemas[s]->columns[j].key);
			}
		}
		assert_true(shown);
	}
}

TEST(unknown_figures_of_a_heap_are_dashes)
{
	const struct dh_style style = { .format = DH_FORMAT_RAW };
	struct dh_heap heap = { .name = (char *)"x", .region = -1 };
	struct dh_inventory inventory = { .heaps = &heap, .n_heaps = 1 };
	const struct dh_section section = { .schema = &dh_schema_heaps,
					    .rows = &heap,
					    .n = 1,
					    .stride = sizeof(heap),
					    .context = &inventory };

	expect(&style, &section, "x unknown - - -\n");
}

TEST(heap_row_has_all_figures)
{
	const struct dh_style style = {
		.format = DH_FORMAT_RAW,
		.columns = "mode,access,size,free,dev,owner,group,source,region,failed_bytes",
	};
	struct dh_region region = { .name = (char *)"r",
				    .size = dh_known(4096),
				    .failed = dh_known(0) };
	struct dh_heap heap = {
		.name = (char *)"x",
		.seen = DH_SEEN_UDEV | DH_SEEN_NODE,
		.has_dev = true,
		.dev = makedev(252, 7),
		.has_node_facts = true,
		.permission = { .mode = 020000 | 0660, .uid = 12, .gid = 44 },
		.group = (char *)"video",
		.access = DH_ACCESS_REFUSED,
		.access_error = EACCES,
	};
	struct dh_inventory inventory = {
		.heaps = &heap, .n_heaps = 1, .regions = &region, .n_regions = 1
	};
	const struct dh_section section = { .schema = &dh_schema_heaps,
					    .rows = &heap,
					    .n = 1,
					    .stride = sizeof(heap),
					    .context = &inventory };

	expect(&style, &section, "0660 EACCES 4096 - 252:7 12 video udev,node r 0\n");
	heap.permission.n_acl = 5;
	expect(&style, &section, "0660+ EACCES 4096 - 252:7 12 video udev,node r 0\n");
}

TEST(buffer_and_summary_rows_have_all_figures)
{
	const struct dh_style style = { .format = DH_FORMAT_RAW, .columns = "+name,fd,exporter" };
	const struct dh_style raw = { .format = DH_FORMAT_RAW };
	const struct dh_buffer_facts facts = { .heap = "system",
					       .described = true,
					       .size = 8192,
					       .inode = 7,
					       .name = "my label",
					       .exporter = "system",
					       .fd = 3,
					       .nanoseconds = { true, 1500 } };
	const struct dh_buffer_facts inherited = {
		.described = true, .size = 4096, .inode = 8, .fd = 5
	};
	const struct dh_buffer_facts unknown = { .heap = "system", .fd = 6 };
	const struct dh_section undescribed = {
		.schema = &dh_schema_buffers, .rows = &unknown, .n = 1, .stride = sizeof(unknown)
	};
	const struct dh_tally tally = { .requested = 3,
					.done = 1,
					.failed = 1,
					.bytes = 4096,
					.elapsed = { true, 30 },
					.first_error = -ENOMEM,
					.min = { true, 10 } };
	const struct dh_section buffer = {
		.schema = &dh_schema_buffers, .rows = &facts, .n = 1, .stride = sizeof(facts)
	};
	const struct dh_section other = { .schema = &dh_schema_buffers,
					  .rows = &inherited,
					  .n = 1,
					  .stride = sizeof(inherited) };
	const struct dh_section summary = {
		.schema = &dh_schema_summary, .rows = &tally, .n = 1, .stride = sizeof(tally)
	};

	expect(&style, &buffer, "system 8192 7 rdonly 1500 my\\x20label 3 system\n");
	expect(&style, &other, "- 4096 8 rdonly - - 5 -\n");
	expect(&style, &undescribed, "system - - - - - 6 -\n");
	expect(&raw, &summary, "1 1 3 4096 30 10 - - - ENOMEM\n");
}

TEST(probe_row_has_the_figures_that_are_minimums)
{
	const struct dh_style raw = { .format = DH_FORMAT_RAW, .columns = "+LIMIT,ERROR" };
	const struct dh_style json = { .format = DH_FORMAT_JSON, .columns = "at_least" };
	struct dh_probe probe = { .heap = "vpr", .limit = 65536 };
	const struct dh_section section = DH_RECORD(dh_schema_probe, &probe, 1);
	dh_auto(free) char *text = NULL;

	expect(&raw, &section, "vpr - - - both 65536 -\n");
	probe.largest = dh_known(8192);
	probe.largest_exact = true;
	probe.total = dh_known(65536);
	probe.step = dh_known(4096);
	probe.error = -ENOMEM;
	expect(&raw, &section, "vpr 8192 65536 4096 total 65536 ENOMEM\n");
	text = document_text(&json, &section, 1);
	assert_non_null(strstr(text, "\"total\""));
	assert_null(strstr(text, "\"largest\""));
	probe.total_exact = true;
	expect(&raw, &section, "vpr 8192 65536 4096 - 65536 ENOMEM\n");
}

TEST(import_row_has_stage_result_and_cause)
{
	const struct dh_style style = { .format = DH_FORMAT_RAW };
	const struct dh_import_row rows[] = {
		{ .node = "/dev/dri/card0",
		  .driver = "vgem",
		  .stage = DH_STAGE_OPEN,
		  .verdict = DH_OK },
		{ .node = "/dev/dri/card1",
		  .stage = DH_STAGE_IMPORT,
		  .verdict = DH_FAILED,
		  .error = ENODEV,
		  .reason = "no" },
	};
	const struct dh_section section = {
		.schema = &dh_schema_imports, .rows = rows, .n = 2, .stride = sizeof(*rows)
	};

	expect(&style, &section,
	       "/dev/dri/card0 vgem open ok - -\n/dev/dri/card1 - import failed ENODEV no\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_have_unique_names_and_help),
		cmocka_unit_test(unknown_figures_of_a_heap_are_dashes),
		cmocka_unit_test(heap_row_has_all_figures),
		cmocka_unit_test(buffer_and_summary_rows_have_all_figures),
		cmocka_unit_test(probe_row_has_the_figures_that_are_minimums),
		cmocka_unit_test(import_row_has_stage_result_and_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
