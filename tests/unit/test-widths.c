// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the default columns of tables with long values, including the longest heap name in the
 * kernel. These tests fail if a new default column makes a table wider than a terminal.
 */
#include "document-text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "model/balance.h"
#include "model/cma-trace.h"
#include "model/holders.h"
#include "model/import.h"
#include "model/inventory.h"
#include "model/module.h"
#include "model/probe.h"
#include "model/recording.h"
#include "model/step.h"
#include "model/tally.h"
#include "present/schemas.h"

#define WIDTH 80

/* The longest name of a heap in drivers/dma-buf/heaps and drivers/tee. */
static char heap_name[] = "protected,secure-video-record";
static const struct dh_maybe count = { true, 9999 };
static const struct dh_maybe bytes = { true, 1023 << 20 };
static const struct dh_maybe duration = { true, 999990000 };
static const struct dh_maybe yes = { true, 1 };

/*
 * Asserts that no line of the default table is wider than a terminal. Also asserts that the first
 * line contains the heading of each default column: if the table were too wide, the tool would
 * print each row as a record.
 */
static void expect_fits(struct dh_section section)
{
	const struct dh_style style = {
		.format = DH_FORMAT_TABLE,
		.headings = true,
		.width = WIDTH,
	};
	dh_auto(free) char *text = document_text(&style, &section, 1);
	dh_auto(free) const struct dh_column **chosen = NULL;
	char unknown[64];
	char *line = text;
	size_t n;

	for (char *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (next - line > WIDTH + 1)
			fail_msg("wider than a terminal: %.*s", (int)(next - line), line);
	}
	text[strcspn(text, "\n")] = '\0';
	assert_int_equal(dh_columns_choose(section.schema, NULL, false, &chosen, &n, unknown), 0);
	for (size_t i = 0; i < n && (!section.record || section.line); i++)
		assert_non_null(strstr(text, chosen[i]->name));
}

TEST(heaps_fit)
{
	struct dh_region region = { .name = heap_name, .size = bytes, .free = bytes };
	struct dh_heap heap = {
		.name = heap_name,
		.kind = DH_KIND_PROTECTED,
		.access = DH_ACCESS_REFUSED,
		.access_error = EOPNOTSUPP,
	};
	struct dh_inventory inventory = {
		.heaps = &heap, .n_heaps = 1, .regions = &region, .n_regions = 1
	};
	struct dh_section section = DH_LIST(dh_schema_heaps, &heap, 1);

	section.context = &inventory;
	expect_fits(section);
}

static bool has_symbol(const void *row)
{
	return ((const struct dh_callsite *)row)->symbol;
}

TEST(accounts_fit)
{
	struct dh_balance row = { .heap = heap_name, .seen = count, .kernel = count };
	struct dh_callsite callsites[] = {
		{ .heap = heap_name, .module = (char *)"panthor", .finds = count, .puts = count },
		{ .heap = heap_name, .symbol = (char *)"panthor_fw_init.constprop.0+0x10" },
	};
	struct dh_section callers = DH_LIST(dh_schema_callers, callsites, 2);
	struct dh_bar bar = { heap_name, UINT64_C(1) << 33, 9999, 9999 };
	struct dh_miss miss = { .name = heap_name, .count = count };
	struct dh_audit audit = { .missed = count, .elapsed = duration, .status = count };

	callers.is_child = has_symbol;
	for (int i = 0; i < DH_FIGURES; i++)
		row.figures[i] = i == DH_FIGURE_live_bytes ? bytes : count;
	dh_balance_text(&(struct dh_balance_verdict){ .references = 9999,
						      .kernel = 9999,
						      .unknown = DH_UNKNOWN_PROCESSES },
			row.text);
	strcpy(audit.text, row.text);
	expect_fits(DH_LIST(dh_schema_accounts, &row, 1));
	expect_fits(callers);
	expect_fits(DH_LIST(dh_schema_histogram, &bar, 1));
	expect_fits(DH_LIST(dh_schema_misses, &miss, 1));
	expect_fits(DH_RECORD(dh_schema_audit, &audit, 1));
}

TEST(buffers_fit)
{
	const struct dh_buffer_facts facts = {
		.heap = heap_name,
		.described = true,
		.size = bytes.value,
		.inode = 999999,
		.fd_flags = O_RDWR | O_CLOEXEC,
		.nanoseconds = duration,
	};
	const struct dh_tally tally = { .elapsed = duration,
					.min = duration,
					.first_error = -EOPNOTSUPP };
	const struct dh_mapping_report mapping = {
		.heap = heap_name,
		.size = bytes.value,
		.mappable = yes,
		.zeroed = yes,
		.write_rate = bytes,
		.read_rate = bytes,
		.verified = yes,
	};
	struct dh_inspection inspection = {
		.heap = heap_name,
		.size = bytes,
		.lowest = { true, UINT64_MAX },
		.highest = { true, UINT64_MAX },
		.contiguous = { true, 0 },
		.below_4g = { true, 0 },
	};
	const struct dh_probe probe = {
		.heap = heap_name,
		.largest = bytes,
		.total = bytes,
		.step = bytes,
	};
	struct dh_section summary = DH_RECORD(dh_schema_summary, &tally, 1);
	struct dh_section probed = DH_RECORD(dh_schema_probe, &probe, 1);

	probed.line = true;
	expect_fits(probed);
	expect_fits(DH_LIST(dh_schema_buffers, &facts, 1));
	summary.line = true;
	expect_fits(summary);
	expect_fits(DH_LIST(dh_schema_mappings, &mapping, 1));
	expect_fits(DH_RECORD(dh_schema_inspection, &inspection, 1));
}

TEST(holders_fit)
{
	const struct dh_held_buffer buffer = {
		.inode = 99999,
		.size = bytes,
		.exporter = heap_name,
		.devices = (char *)"card0",
	};
	const struct dh_process process = { .pid = 4194304, .name = (char *)"fifteen-letters" };
	const struct dh_holder_row row = {
		.buffer = &buffer,
		.process = &process,
		.buffers = 9999,
		.holders = count,
		.fds = count,
		.mappings = count,
		.rss = bytes,
		.pss = bytes,
	};
	const struct dh_holders_summary summary = {
		.buffers = { true, 9999 },
		.bytes = bytes,
		.processes = { true, 999 },
		.kernel_only = { true, 9999 },
		.others = bytes,
	};
	struct dh_section total = DH_RECORD(dh_schema_holders_summary, &summary, 1);

	expect_fits(DH_LIST(dh_schema_holders, &row, 1));
	total.line = true;
	expect_fits(total);
}

TEST(cma_callers_fit)
{
	struct dh_cma_caller caller = {
		.caller = (char *)"panthor_fw_init.constprop.0+0x10",
		.module = (char *)"panthor",
		.pid = { true, 4194304 },
		.process = (char *)"fifteen-letters",
		.allocations = count,
		.failures = count,
		.releases = count,
		.bytes = bytes,
		.held = bytes,
	};
	const struct dh_cma_trace trace = {
		.region = heap_name,
		.elapsed = duration,
		.movable = bytes,
		.lost = count,
		.older = bytes,
	};

	expect_fits(DH_LIST(dh_schema_cma_callers, &caller, 1));
	expect_fits(DH_RECORD(dh_schema_cma_trace, &trace, 1));
}

TEST(imports_and_steps_fit)
{
	const struct dh_import_row import = {
		.heap = heap_name,
		.node = "/dev/dri/renderD128",
		.driver = "virtio_gpu",
		.stage = DH_STAGE_IMPORT,
		.verdict = DH_FAILED,
		.error = EOPNOTSUPP,
		.reason = dh_import_reason(DH_STAGE_IMPORT, ENODEV),
	};
	struct dh_step step = {
		.kind = DH_STEP_MAP,
		.verdict = DH_OK,
		.layout = {
			.segments = count,
			.largest = bytes,
			.lowest = { true, UINT64_MAX },
			.highest = { true, UINT64_MAX },
			.contiguous = { true, 0 },
			.below_4g = { true, 0 },
		},
	};

	dh_step_explain(&step);
	expect_fits(DH_LIST(dh_schema_imports, &import, 1));
	expect_fits(DH_LIST(dh_schema_steps, &step, 1));
}

TEST(modules_and_records_fit)
{
	struct dh_module module = {
		.alias = "debug",
		.kmod = { .state = DH_MODULE_LOADABLE, .refs = count },
		.version = (char *)"0.1.0",
	};
	struct dh_module_kernel kernel = { 0 };
	const struct dh_recording recording = {
		.file = "board.tar",
		.members = count,
		.bytes = bytes,
		.processes = count,
		.unreadable = count,
		.unreadable_path = "sys/kernel/debug/cma",
		.unreadable_error = EACCES,
	};

	strcpy(module.kmod.holders, "dmaheap_client,panthor");
	strcpy(kernel.release, "6.12.48+deb13-cloud-rt-arm64-unsigned");
	for (int i = 0; i < DH_ACCESSORS; i++)
		kernel.accessors[i] = yes;
	expect_fits(DH_LIST(dh_schema_modules, &module, 1));
	expect_fits(DH_RECORD(dh_schema_kernel, &kernel, 1));
	expect_fits(DH_RECORD(dh_schema_record, &recording, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heaps_fit),
		cmocka_unit_test(accounts_fit),
		cmocka_unit_test(buffers_fit),
		cmocka_unit_test(holders_fit),
		cmocka_unit_test(cma_callers_fit),
		cmocka_unit_test(imports_and_steps_fit),
		cmocka_unit_test(modules_and_records_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
