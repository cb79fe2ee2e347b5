// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/record.h"
#include "discover/debug.h"

#define FOLDER	     "sys/kernel/debug/dmaheap_debug/"
#define THIS_VERSION "version major=1 minor=0 module=0.1.0\n"
#define STATS	     "stats loaded=1000 now=5000 reset=1000 missed=3\n"
#define STOCK                                                                           \
	"probe symbol=dma_buf_release state=attached module=vmlinux since=1 missed=0\n" \
	"probe symbol=dma_buf_export state=attached\n"                                  \
	"probe symbol=dma_heap_ioctl state=attached\n"                                  \
	"probe symbol=dma_heap_put state=missing\n"                                     \
	"probe symbol=dma_heap_find state=missing\n"                                    \
	"probe symbol=dma_heap_find_by_name state=missing\n"                            \
	"probe symbol=dma_heap_open state=refused errno=22\n"

static struct dh_snapshot snapshot;

static int setup(void **state)
{
	snapshot = (struct dh_snapshot){ 0 };
	return tree_setup(state);
}

static int teardown(void **state)
{
	dh_snapshot_clear(&snapshot);
	return tree_teardown(state);
}

#define counters_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static void put_module(const char *version, const char *probes, const char *stats,
		       const char *callsites)
{
	put(FOLDER "version", version);
	put(FOLDER "probes", probes);
	put(FOLDER "stats", stats);
	put(FOLDER "callsites", callsites);
}

static struct dh_maybe figure(const char *heap, enum dh_figure which)
{
	return dh_snapshot_figure(&snapshot, heap, which);
}

TEST(counters_are_unknown_without_the_module)
{
	assert_int_equal(dh_debug_read(&root, &snapshot), -ENOENT);
	assert_false(snapshot.counted);
	assert_false(figure("system", DH_FIGURE_live).known);
}

TEST(boot_id_and_charging_do_not_need_the_module)
{
	assert_int_equal(dh_debug_read(&root, &snapshot), -ENOENT);
	assert_string_equal(snapshot.boot_id, "");
	assert_false(snapshot.charging.known);
	put("proc/sys/kernel/random/boot_id", "2f6c-11\n");
	put("sys/module/dma_heap/parameters/mem_accounting", "N\n");
	assert_int_equal(dh_debug_read(&root, &snapshot), -ENOENT);
	assert_string_equal(snapshot.boot_id, "2f6c-11");
	expect_known(snapshot.charging, 0);
	put("sys/module/dma_heap/parameters/mem_accounting", "Y\n");
	assert_int_equal(dh_debug_read(&root, &snapshot), -ENOENT);
	expect_known(snapshot.charging, 1);
}

TEST(all_files_of_the_module_are_read)
{
	put_module(
		THIS_VERSION, STOCK,
		STATS "heap name=linux\\x2ccma finds=- puts=- refs=- opens=2 allocs=3 live=1 "
		      "live_bytes=4096 errnos=12:2,other:5 latency=13:3 colour=blue\n"
		      "heap-other allocs=7 errnos= latency=-\n"
		      "exporter name=udmabuf older=1 older_bytes=4096\n"
		      "miss name=\\x2d count=4\nmiss-other count=0\nfuture x=y\n",
		"callsite heap=linux\\x2ccma module=leak symbol=f+0x1c finds=2 puts=0 kallocs=0\n"
		"callsite-other finds=1 puts=0 kallocs=0\n");
	assert_int_equal(dh_debug_read(&root, &snapshot), 0);
	assert_true(snapshot.counted && snapshot.no_finds);
	assert_string_equal(snapshot.refused, "dma_heap_open");
	expect_known(snapshot.loaded, 1000);
	expect_known(snapshot.missed, 3);
	assert_int_equal(snapshot.n_accounts, 3);
	expect_known(figure("udmabuf", DH_FIGURE_older), 1);
	expect_known(figure("udmabuf", DH_FIGURE_live), 0);
	assert_string_equal(snapshot.accounts[0].heap, "linux,cma");
	assert_false(figure("linux,cma", DH_FIGURE_finds).known);
	expect_known(figure("linux,cma", DH_FIGURE_allocs), 3);
	expect_known(figure("linux,cma", DH_FIGURE_live_bytes), 4096);
	expect_known(figure(NULL, DH_FIGURE_allocs), 7);
	/* A missing key leaves its figure unknown. */
	assert_false(figure("linux,cma", DH_FIGURE_frees).known);
	assert_int_equal(snapshot.accounts[0].n_errnos, 2);
	assert_int_equal(snapshot.accounts[0].errnos[0].number, 12);
	assert_int_equal(snapshot.accounts[0].errnos[1].number, -1);
	assert_int_equal(snapshot.accounts[0].latency[0].count, 3);
	assert_int_equal(snapshot.n_misses, 2);
	assert_string_equal(snapshot.misses[0].name, "-");
	assert_int_equal(snapshot.n_callsites, 2);
	assert_string_equal(snapshot.callsites[0].symbol, "f+0x1c");
	assert_null(snapshot.callsites[1].symbol);
	/* A heap without a record had no events, so a figure is 0 if its probe is attached. */
	expect_known(figure("idle", DH_FIGURE_live), 0);
	expect_known(figure("idle", DH_FIGURE_allocs), 0);
	assert_false(figure("idle", DH_FIGURE_opens).known);
	assert_false(figure("idle", DH_FIGURE_open_files).known);
	assert_false(figure("idle", DH_FIGURE_finds).known);
	assert_false(figure("idle", DH_FIGURE_kallocs).known);
}

TEST(sizes_of_allocations_need_the_probe_on_the_export)
{
	put_module(THIS_VERSION,
		   "probe symbol=dma_heap_bufferfd_alloc state=attached\n"
		   "probe symbol=dma_heap_ioctl state=attached\n"
		   "probe symbol=dma_buf_export state=refused errno=22\n",
		   STATS, "");
	assert_int_equal(dh_debug_read(&root, &snapshot), 0);
	expect_known(figure("idle", DH_FIGURE_allocs), 0);
	expect_known(figure("idle", DH_FIGURE_kallocs), 0);
	assert_false(figure("idle", DH_FIGURE_alloc_bytes).known);
	assert_false(figure("idle", DH_FIGURE_kalloc_bytes).known);
}

TEST(other_major_versions_are_rejected)
{
	static const struct {
		const char *text;
		int ret;
	} cases[] = {
		{ THIS_VERSION, 0 },
		{ "version major=1 minor=9 module=2 more=yes\n", 0 },
		{ "version major=2 minor=0\n", -EPROTO },
		{ "version major=0 minor=0\n", -EPROTO },
		{ "version major=2 a  b\n", -EPROTO },
		{ "version major=- minor=0\n", -EBADMSG },
		{ "version minor=0\n", -EBADMSG },
		{ "version major=01x\n", -EBADMSG },
		{ "verse major=1\n", -EBADMSG },
		{ "", -EBADMSG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put_module(cases[i].text, STOCK, STATS, "");
		assert_int_equal(dh_debug_read(&root, &snapshot), cases[i].ret);
		assert_int_equal(snapshot.counted, !cases[i].ret);
		dh_snapshot_clear(&snapshot);
	}
}

TEST(figures_of_a_blind_module_are_rejected)
{
	put_module(THIS_VERSION, STOCK, "stats loaded=1 now=2 reset=1 missed=0 blind=0\n", "");
	assert_int_equal(dh_debug_read(&root, &snapshot), 0);
	dh_snapshot_clear(&snapshot);
	put_module(THIS_VERSION, STOCK, "stats loaded=1 now=2 reset=1 missed=- blind=1\n", "");
	assert_int_equal(dh_debug_read(&root, &snapshot), -ESTALE);
	assert_false(snapshot.counted);
}

TEST(first_error_of_the_files_is_returned)
{
	static char large[(4 << 20) + 1];

	put(FOLDER "version", THIS_VERSION);
	put(FOLDER "probes", STOCK);
	put(FOLDER "stats", "stats loaded=1 blind=1\n");
	assert_int_equal(dh_debug_read(&root, &snapshot), -ESTALE);
	put(FOLDER "stats", STATS STATS);
	assert_int_equal(dh_debug_read(&root, &snapshot), -EBADMSG);
	put(FOLDER "stats", STATS);
	assert_int_equal(dh_debug_read(&root, &snapshot), -ENOENT);
	memset(large, 'x', sizeof(large) - 1);
	put(FOLDER "callsites", large);
	assert_int_equal(dh_debug_read(&root, &snapshot), -EFBIG);
	put(FOLDER "probes", large);
	assert_int_equal(dh_debug_read(&root, &snapshot), -EFBIG);
}

TEST(malformed_records_are_rejected)
{
	static const char *const bad[] = {
		"",
		"heap name=a finds=1\n", /* no stats record */
		STATS STATS,
		STATS "heap finds=1\n",
		STATS "heap name= finds=1\n",
		STATS "heap name=a finds=1\nheap name=a finds=1\n",
		STATS "heap name=a finds=1 finds=1\n",
		STATS "heap name=a name=b\n",
		STATS "heap-other name=a\n",
		STATS "heap-other finds=1\nheap-other finds=1\n",
		STATS "heap name=a finds=\n",
		STATS "heap name=a finds=-1\n",
		STATS "heap name=a finds=+1\n",
		STATS "heap name=a finds=1.5\n",
		STATS "heap name=a finds=18446744073709551616\n",
		STATS "heap name=a finds=0X10\n",
		STATS "heap name=a finds=0x\n",
		STATS "heap name=a,b finds=1\n",
		STATS "heap name=a\\x2 finds=1\n",
		STATS "heap name=a\\x2C finds=1\n",
		STATS "heap name=a\\n finds=1\n",
		STATS "heap name=a\\x00 finds=1\n",
		STATS "heap name=\033 finds=1\n",
		STATS "heap name=a  finds=1\n",
		STATS "heap name=a finds=1 \n",
		STATS "heap name=a finds\n",
		STATS "heap name=a =1\n",
		STATS " heap name=a\n",
		STATS "\n",
		STATS "heap name=a errnos=12\n",
		STATS "heap name=a errnos=12:1,\n",
		STATS "heap name=a errnos=12:1,,13:1\n",
		STATS "heap name=a errnos=:1\n",
		STATS "heap name=a errnos=-:1\n",
		STATS "heap name=a latency=1:-\n",
		STATS "heap name=a latency=99999999999:1\n",
		STATS "miss count=1\n",
		STATS "miss-other name=a count=1\n",
		STATS "miss name=a count=x\n",
		STATS "miss-other count=1x\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put_module(THIS_VERSION, STOCK, bad[i], "");
		if (dh_debug_read(&root, &snapshot) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		assert_false(snapshot.counted);
		assert_int_equal(snapshot.n_accounts, 0);
	}
	put_module(THIS_VERSION, STOCK, STATS, "callsite heap=a module=b finds=1\n");
	assert_int_equal(dh_debug_read(&root, &snapshot), -EBADMSG);
	put_module(THIS_VERSION, STOCK, STATS,
		   "callsite heap=a module=b symbol=c finds=x puts=0 kallocs=0\n");
	assert_int_equal(dh_debug_read(&root, &snapshot), -EBADMSG);
	put_module(THIS_VERSION, "probe symbol=a\n", STATS, "");
	assert_int_equal(dh_debug_read(&root, &snapshot), -EBADMSG);
	put_bytes(FOLDER "stats", STATS "heap\0name=a\n", sizeof(STATS "heap\0name=a\n") - 1);
	put(FOLDER "probes", STOCK);
	assert_int_equal(dh_debug_read(&root, &snapshot), -EBADMSG);
}

TEST(escaped_names_are_restored)
{
	char name[256], *escaped;
	size_t length = 0;

	for (int byte = 1; byte < 256; byte++)
		name[length++] = (char)byte;
	name[length] = '\0';
	escaped = dh_record_escape(name);
	assert_non_null(escaped);
	for (const char *c = escaped; *c; c++)
		assert_true(*c > ' ' && *c < 0x7f && !strchr("\"=,:", *c));
	assert_int_equal(dh_record_unescape(escaped), 0);
	assert_string_equal(escaped, name);
	free(escaped);
	escaped = dh_record_escape("-");
	assert_string_equal(escaped, "\\x2d");
	free(escaped);
}

TEST(reference_counts_need_an_attached_find_probe)
{
	put_module(
		THIS_VERSION,
		"probe symbol=dma_heap_find state=refused\nprobe symbol=dma_heap_put state=gone\n",
		STATS, "");
	assert_int_equal(dh_debug_read(&root, &snapshot), 0);
	assert_false(snapshot.no_finds);
	expect_known(figure("a", DH_FIGURE_puts), 0);
	assert_false(figure("a", DH_FIGURE_refs).known);
	dh_snapshot_clear(&snapshot);
	put(FOLDER "probes", "probe symbol=dma_heap_find state=attached\n"
			     "probe symbol=dma_heap_find_by_name state=missing\n"
			     "probe symbol=dma_heap_put state=attached\n");
	assert_int_equal(dh_debug_read(&root, &snapshot), 0);
	assert_false(snapshot.no_finds);
	expect_known(figure("a", DH_FIGURE_refs), 0);
}

TEST(fields_of_a_line_are_parsed)
{
	static const struct {
		const char *line;
		int ret;
	} cases[] = {
		{ "node mode=0x21b0 later=x uid=7 name=a\\x20b", 0 },
		{ "node uid=-", 0 },
		{ "node uid=7 uid=7", -EBADMSG },
		{ "node uid=- uid=7", -EBADMSG },
		{ "node name=a name=a", -EBADMSG },
		{ "node", -EBADMSG },
		{ "nodes uid=1", -EBADMSG },
		{ "node uid=x", -EBADMSG },
		{ "node uid=99999999999999999999", -EBADMSG },
		{ "node uid", -EBADMSG },
		{ "node uid=1\nnode uid=2", -EBADMSG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dh_maybe mode = { 0 }, uid = { 0 };
		char line[64], *name = NULL;
		const struct dh_record_field fields[] = {
			{ .key = "mode", .number = &mode },
			{ .key = "uid", .number = &uid },
			{ .key = "name", .text = &name },
		};

		strcpy(line, cases[i].line);
		assert_int_equal(dh_record_parse(line, "node", fields, ARRAY_SIZE(fields)),
				 cases[i].ret);
		if (!i) {
			expect_known(mode, 0x21b0);
			expect_known(uid, 7);
			assert_string_equal(name, "a\\x20b");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		counters_test(counters_are_unknown_without_the_module),
		counters_test(boot_id_and_charging_do_not_need_the_module),
		counters_test(all_files_of_the_module_are_read),
		counters_test(sizes_of_allocations_need_the_probe_on_the_export),
		counters_test(other_major_versions_are_rejected),
		counters_test(figures_of_a_blind_module_are_rejected),
		counters_test(first_error_of_the_files_is_returned),
		counters_test(malformed_records_are_rejected),
		counters_test(escaped_names_are_restored),
		counters_test(fields_of_a_line_are_parsed),
		counters_test(reference_counts_need_an_attached_find_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
